// Engines run the built package, so that their threads are loaded as installed ones are.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attackers } from "./attacks.js";
import { keepCell, keptCells } from "./kept-cells.js";
import { niidCnn } from "./niid-cnn.js";
import { runCell } from "./run-cell.js";
import type { Cell, CellResult } from "./table.js";

const quick: Cell = {
  key: "quick",
  partition: { kind: "iid", shards: 300 },
  model: "logistic",
  job: {
    rounds: 3,
    training: { epochs: 2, batchSize: 20, learningRate: 0.03 },
    cohort: { size: 5 },
    evaluation: { every: 2 },
  },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-papers-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a cell of a paper's table", () => {
  it("is run in the simulation, and what was scored so far is kept", async () => {
    const soFar: CellResult[] = [];
    const result = await runCell("test", quick, {
      ...{ engines: 1, backend: "wasm" },
      onScore(score) {
        keepCell(score, folder);
        soFar.push(keptCells("test", folder).get("quick")?.result ?? score);
      },
    });
    expect(soFar.map(({ rounds, outcome }) => [rounds, outcome])).toEqual([
      [1, "stopped"],
      [3, "stopped"],
    ]);
    expect(result).toMatchObject({ backend: "wasm", rounds: 3, outcome: "rounds", refused: 0, seed: 1 });
    expect(Object.keys(result.accuracy)).toEqual(["1", "3"]);
    expect(result.accuracy[3]).toBeGreaterThan(0.7);
    keepCell(result, folder);
    expect([...keptCells("test", folder).values()].map((kept) => kept.result)).toEqual([result]);
  });

  it("ends early where it is asked to", async () => {
    const { rounds } = await runCell("test", quick, { engines: 1, backend: "wasm", rounds: 1 });
    expect(rounds).toBe(1);
    await expect(runCell("test", quick, { engines: 1, rounds: Number.NaN })).rejects.toMatchObject({
      code: "invalid_job_spec",
    });
  });

  it("takes the first images of another data set, and tells that they are a selection", async () => {
    // Records of CIFAR-10's binary version: a label, which is the colour of the image, and the last of them without a colour.
    const record = (label: number, grey = label * 25) => Buffer.alloc(3_073, grey).fill(label, 0, 1);
    const records = Array.from({ length: 20 }, (_, at) => record(at % 2 === 0 ? 0 : 9));
    const odd = record(5, 0);
    await writeFile(join(folder, "train-few.bin"), Buffer.concat([...records, odd]));
    await writeFile(join(folder, "test-few.bin"), Buffer.concat([...records.slice(0, 10), odd]));
    const cell: Cell = {
      ...{ ...quick, key: "colours", partition: { kind: "iid", shards: 5 }, model: "niid-cnn" },
      data: { name: "cifar-10", train: 20, test: 10 },
      graph: () => niidCnn([3, 32, 32]),
      job: { ...quick.job, rounds: 12, training: { epochs: 1, batchSize: 4, learningRate: 0.1 } },
    };
    const options = { engines: 1, backend: "wasm", dataDir: folder } as const;
    const result = await runCell("test", cell, options);
    expect(result.data).toEqual({
      ...{ name: "cifar-10", train: 20, test: 10 },
      origin: expect.stringContaining("train-few.bin"),
    });
    expect(result.accuracy[12]).toBe(1);
    await expect(
      runCell("test", { ...cell, data: { name: "cifar-10", train: 20, test: 12 } }, options),
    ).rejects.toMatchObject({ code: "invalid_request", message: "cifar-10 has 11 images to test, not 12" });
  });

  it.each(["sign flip", "joint sign flip", "Gaussian", "a little is enough", "label flip"] as const)(
    "comes to less when most workers attack: %s",
    async (attack) => {
      const cell: Cell = {
        ...{ ...quick, key: attack, partition: { kind: "iid", shards: 100 } },
        job: { ...quick.job, rounds: 1, cohort: { size: 8 } },
      };
      const [clean, attacked] = [
        await runCell("test", cell, { engines: 1, backend: "wasm" }),
        await runCell(
          "test",
          { ...cell, behaviours: (shards, seed) => attackers(attack, 97, shards, seed) },
          { engines: 1, backend: "wasm" },
        ),
      ];
      expect(attacked.accuracy[1]).toBeLessThan((clean.accuracy[1] ?? 0) - 0.02);
    },
  );
});
