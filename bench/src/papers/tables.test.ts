import { expect, it } from "vitest";
import { type CellResult, type PaperTable, UNENDED } from "./table.js";
import { paperTables } from "./tables.js";

const tableOf = (name: string): PaperTable => {
  const table = paperTables.get(name);
  if (table === undefined) throw new Error(`there is no table ${name}`);
  return table;
};

/** The lines of a table when only these cells are kept, with these accuracies by round. */
function linesOf(
  name: string,
  kept: Readonly<Record<string, Readonly<Record<string, number>>>>,
  outcome = "rounds",
  bytes: Pick<CellResult, "sentBytes" | "updateBytes"> = {},
): string[] {
  const { cells, render } = tableOf(name);
  const results = Object.entries(kept).map(([key, accuracy]): [string, CellResult] => {
    const cell = cells.find((one) => one.key === key);
    if (cell === undefined) throw new Error(`there is no cell ${key}`);
    const { partition, model, job } = cell;
    const rounds = Math.max(...Object.keys(accuracy).map(Number));
    const run = { seed: 1, backend: "native", rounds, outcome, ...bytes, refused: 0, wallSeconds: 1 };
    return [key, { ...{ bench: "paper", table: name, cell: key, partition, model, job }, ...run, accuracy }];
  });
  return render(new Map(results)).split("\n");
}

it.each([...paperTables.values()])("$name names each cell once, and tells what was not run", ({ cells, render }) => {
  expect(new Set(cells.map(({ key }) => key)).size).toBe(cells.length);
  expect(render(new Map())).toContain("not run");
});

it("McMahan's has the first round at 99 % of the best learning rate, and how far off it is", () => {
  const lines = linesOf("mcmahan", {
    "iid-e1-b10-lr0.05": { 30: 0.98, 51: 0.99 },
    "iid-e1-b10-lr0.1": { 30: 0.98, 9: 0.5, 40: 0.99, 41: 0.989 },
    "iid-e1-b10-lr0.2": { 68: 0.9899 },
    "iid-e1-b50-lr0.2": { 130: 0.98 },
  });
  expect(lines).toContain("| IID, E = 1, B = 10 | 34 | 40 | 18 % | 51 | 40 | over 68 (98.99 %) |");
  expect(lines).toContain("| IID, E = 1, B = 50 | 65 | not reached |  | not run | not run | over 130 (98.00 %) |");
});

it("McMahan's tells a job that was cut off from one that did not get there", () => {
  const lines = linesOf("mcmahan", { "non-iid-e1-b10-lr0.1": { 1: 0.1, 6: 0.7 } }, UNENDED);
  expect(lines).toContain("| non-IID, E = 1, B = 10 | 350 | cut off |  | not run | cut off at 6 (70.00 %) | not run |");
});

it("the one of robust rules has more than 3 points below the clean mean in bold", () => {
  const lines = linesOf("robustness", {
    "fedavg-clean": { 1: 0.2, 10: 0.97 },
    "fedavg-sign-flip": { 3: 0.1 },
    "median-sign-flip": { 10: 0.9401 },
    "krum-gaussian": { 10: 0.9399 },
  });
  expect(lines).toContain("| FedAvg | 97.00 % | **10.00 %** | not run | not run | not run |");
  expect(lines).toContain("| median | not run | 94.01 % | not run | not run | not run |");
  expect(lines).toContain("| Krum | not run | not run | **93.99 %** | not run | not run |");
});

it("NIID-Bench's has the best and the last accuracy, and tells after how many rounds of fewer than 50 they are", () => {
  const lines = linesOf("niid", { "c2-fedavg": { 9: 0.95, 10: 0.94 }, "c2-fednova": { 30: 0.97, 50: 0.965 } });
  expect(lines).toContain(
    "| #C = 2 | 96.86 % | 95.00 / 94.00 %, after 10 rounds | 96.85 % | not run | 96.92 % | not run | 96.65 % | 97.00 / 96.50 % |",
  );
});

it("NIID-Bench's has the better of the settings that FedProx was run with", () => {
  const lines = linesOf("niid", { "c3-fedprox": { 50: 0.95 }, "c3-fedprox-mu0.001": { 40: 0.97, 50: 0.96 } });
  expect(lines).toContain(
    "| #C = 3 | 97.86 % | not run | 97.85 % | 97.00 / 96.00 %, μ = 0.001 | 97.91 % | not run | 97.62 % | not run |",
  );
});

it("FedBuff's has uploads and virtual time to the target, and how many times fewer they are than FedAvg's", () => {
  const cells = paperTables.get("fedbuff")?.cells ?? [];
  const resultOf = (key: string, accuracy: number, uploads: number, virtualSeconds: number): [string, CellResult] => {
    const cell = cells.find((one) => one.key === key);
    if (cell === undefined) throw new Error(`there is no cell ${key}`);
    const { partition, model, job } = cell;
    const run = { seed: 1, backend: "native", rounds: 7, outcome: "accuracy", refused: 0, wallSeconds: 1 };
    const what = { bench: "paper", table: "fedbuff", cell: key, partition, model, job } as const;
    return [key, { ...what, ...run, accuracy: { 1: 0.2, 7: accuracy }, reached: { uploads, virtualSeconds } }];
  };
  const lines = tableOf("fedbuff")
    .render(
      new Map([
        resultOf("fedavg", 0.95, 1_000, 6_000),
        resultOf("fedbuff-k10-lr1", 0.951, 400, 600),
        resultOf("fedasync", 0.949, 2_000, 600),
      ]),
    )
    .split("\n");
  expect(lines).toContain("| FedAvg, which waits for all | 1000 | 1.0 × | 7 | 100 min | 1.0 × |");
  expect(lines).toContain("| FedBuff, K = 10, η = 1 | 400 | 2.5 × | 7 | 10 min | 10.0 × |");
  expect(lines).toContain("| FedAsync, α = 0.6 | over 2000 (94.90 %) |  | 7 |  |  |");
});

it("FedProx's has the end, the mean and the least of the second half, and what partial work gains over dropping", () => {
  const scores = { 1: 0.1, 101: 0.8, 196: 0.7, 200: 0.9 };
  const lines = linesOf("fedprox", {
    "fedprox-mu-1-90": scores,
    "fedprox-mu-1-50": scores,
    "fedavg-stragglers-dropped-50": { 200: 0.65 },
  });
  expect(lines).toContain("| 90 % stragglers: FedProx, μ = 1 | 90.00 % | 80.00 % |  | 70.00 % |");
  expect(lines).toContain("| 50 % stragglers: FedProx, μ = 1 | 90.00 % | 80.00 % | 15.00 | 70.00 % |");
  expect(lines).toContain("| 50 % stragglers: FedProx, μ = 0 | not run | not run |  | not run |");
});

it("SCAFFOLD's has the first round that is good enough at the best learning rate, for each likeness of the clients", () => {
  const lines = linesOf("scaffold", {
    "scaffold-e1-0-lr0.1": { 1: 0.5, 20: 0.9 },
    "scaffold-e1-0-lr0.3": { 1: 0.5, 19: 0.91 },
    "scaffold-e1-0-lr0.03": { 1: 0.5, 20: 0.89 },
    "scaffold-e1-100-lr0.1": { 1: 0.5, 300: 0.87 },
    "scaffold-e1-100-lr1": { 1: 0.5, 300: 0.88 },
    "scaffold-e1-10": { 1: 0.5, 9: 0.88 },
  });
  expect(lines).toContain(
    "| SCAFFOLD, E = 1 | 77 | 19, 0.3 | not run | 62 | not run | 9 | 60 | over 300 (88.00 %), 1 | not run |",
  );
});

it("the one of robust rules has the last scores and their mean where workers are unlike", () => {
  const lines = linesOf("robustness", {
    "unlike-fedavg-clean": { 50: 0.8, 100: 0.9 },
    "unlike-krum-clean": { 50: 0.4, 100: 0.88 },
  });
  expect(lines).toContain("| FedAvg | 85.00 % | 90.00 % | not run | not run |");
  expect(lines).toContain("| Krum | **64.00 %** | 88.00 % | not run | not run |");
});

it("the one of small updates has how far they are from updates as they are", () => {
  const lines = linesOf(
    "compression",
    {
      none: { 41: 0.95, 116: 0.96, 120: 0.97 },
      int8: { 41: 0.94, 116: 0.964, 120: 0.968 },
      "topk-int8": { 36: 0.9, 120: 0.97 },
    },
    "rounds",
    { updateBytes: 400, sentBytes: 100 },
  );
  expect(lines).toContain("| `delta \\| int8` | 4.0 × | 94.00 % | -1.00 | 96.80 % | -0.20 | 95.73 % | -0.27 |");
  expect(lines).toContain("| `delta \\| topk(0.01)`, error feedback | not run |  |  |  |  |  |  |");
  expect(lines).toContain(
    "| `delta \\| topk(0.01) \\| int8`, error feedback | 4.0 × | not run |  | 97.00 % | 0.00 | 93.50 % | -2.50 |",
  );
});

it("the one of small updates has the mean of the last scores on colours, seed by seed, and nothing of what was cut off", () => {
  const scores = (late: number) => ({
    1: 0.1,
    75: 0.2,
    80: late,
    85: late,
    90: late,
    95: late + 0.01,
    99: late,
    100: late,
  });
  const bytes = { updateBytes: 400, sentBytes: 100 };
  const cells = {
    ...{ "cifar-none-seed1": scores(0.5), "cifar-none-seed2": scores(0.52) },
    ...{ "cifar-int8-seed1": scores(0.501), "cifar-int8-seed2": scores(0.516), "cifar-topk-seed2": scores(0.4) },
    ...{ "cifar-long-none-seed1": scores(0.55), "cifar-long-topk-seed1": scores(0.53) },
  };
  const lines = linesOf("compression", cells, "rounds", bytes);
  expect(lines).toContain("| as they are | 4.0 × | 51.17 % | 0.00 | 0.00, 0.00 |");
  expect(lines).toContain("| `delta \\| int8` | 4.0 × | 51.02 % | -0.15 | 0.10, -0.40 |");
  expect(lines).toContain("| `delta \\| topk(0.01)`, error feedback | 4.0 × | 40.17 % | -12.00 | -12.00 |");
  expect(lines).toContain("| 400 rounds: `delta \\| topk(0.01)`, error feedback | 4.0 × | 53.17 % | -2.00 | -2.00 |");
  expect(linesOf("compression", cells, UNENDED, bytes)).toContain("| as they are | not run |  |  |  |");
});

it("the one of small updates has what a codec loses where each batch is a round, and by how the training is cut into rounds", () => {
  const cells = {
    ...{ "batch-none": { 381: 0.97, 400: 0.98 }, "batch-topk": { 381: 0.968, 400: 0.978 } },
    ...{ "cifar-1x3000-none-seed1": { 3000: 0.5 }, "cifar-1x3000-none-seed2": { 3000: 0.52 } },
    ...{ "cifar-1x3000-topk-seed1": { 3000: 0.51 }, "cifar-1x3000-topk-seed2": { 3000: 0.518 } },
    "cifar-5x600-none-seed1": { 600: 0.5 },
    ...{ "cifar-1x3000-momentum-none-seed1": { 3000: 0.5 }, "cifar-1x3000-momentum-topk-seed1": { 3000: 0.46 } },
  };
  const lines = linesOf("compression", cells, "rounds", { updateBytes: 400, sentBytes: 100 });
  const top = "`delta \\| topk(0.01)`, error feedback";
  expect(lines).toContain(`| ${top} | 4.0 × | 97.30 % | -0.20 | 4.0 × | 51.40 % | 0.40 | 1.00, -0.20 |`);
  expect(lines).toContain("| `delta \\| int8` | not run |  |  | not run |  |  |  |");
  expect(lines).toContain("| 20 batches, 150 rounds | not run | not run |  |  |");
  expect(lines).toContain("| 5 batches, 600 rounds | 50.00 % | not run |  |  |");
  expect(lines).toContain("| 1 batch, 3,000 rounds | 51.00 % | 51.40 % | 0.40 | 1.00, -0.20 |");
  expect(lines).toContain("| 1 batch, 3,000 rounds, momentum at the server | 50.00 % | 46.00 % | -4.00 | -4.00 |");
});
