import type { JobSpecInput } from "@tributary/federation";
import { best, type Cell, type CellResult, firstAt, markdown, NOT_RUN, type PaperTable, roundsTo } from "./table.js";

const CLIENTS = 100;
const TARGET = 0.9;
/** An easier target, with one rate for all: every cell of the table gets there soon. */
const EASY = { target: 0.88, rate: 0.1 } as const;
const ROUNDS = 300;
/** Learning rates that are tried for each cell; the paper tunes them, too. */
const RATES = [0.03, 0.1, 0.3, 1] as const;
/** Shares of each client's images that are random ones. */
const SIMILARITIES = [0, 0.1, 1] as const;

interface Line {
  readonly name: string;
  readonly key: string;
  readonly strategy: NonNullable<JobSpecInput["strategy"]>;
  /** 0: one step over all that a client has. */
  readonly epochs: number;
  /** Rounds to 50 % on EMNIST, by `SIMILARITIES`. */
  readonly paper: readonly (number | string)[];
}

const LINES: readonly Line[] = [
  { name: "SGD", key: "sgd", strategy: { kind: "fedsgd" }, epochs: 0, paper: [317, 365, 416] },
  {
    ...{ name: "SCAFFOLD, E = 1", key: "scaffold-e1", epochs: 1, paper: [77, 62, 60] },
    strategy: { kind: "scaffold", population: CLIENTS },
  },
  {
    ...{ name: "SCAFFOLD, E = 5", key: "scaffold-e5", epochs: 5, paper: [152, 20, 10] },
    strategy: { kind: "scaffold", population: CLIENTS },
  },
  { name: "FedAvg, E = 1", key: "fedavg-e1", strategy: { kind: "fedavg" }, epochs: 1, paper: [258, 74, 83] },
  { name: "FedAvg, E = 5", key: "fedavg-e5", strategy: { kind: "fedavg" }, epochs: 5, paper: [428, 34, 10] },
  {
    ...{ name: "FedProx, E = 1", key: "fedprox-e1", epochs: 1, paper: ["over 1000", 979, 459] },
    strategy: { kind: "fedprox", mu: 1 },
  },
  {
    ...{ name: "FedProx, E = 5", key: "fedprox-e5", epochs: 5, paper: ["over 1000", 794, 351] },
    strategy: { kind: "fedprox", mu: 1 },
  },
];

const keyOf = ({ key }: Line, share: number, rate: number): string => `${easyKeyOf({ key }, share)}-lr${rate}`;

const easyKeyOf = ({ key }: Pick<Line, "key">, share: number): string => `${key}-${share * 100}`;

/** A batch is a fifth of what a client has, as in the paper. */
const jobOf = ({ strategy, epochs }: Line, learningRate: number, target: number): Cell["job"] => ({
  rounds: ROUNDS,
  training: epochs === 0 ? { learningRate } : { epochs, batchSize: 120, learningRate },
  strategy,
  cohort: { size: 20 },
  evaluation: { every: 1 },
  stop: { accuracy: target },
});

const cellsOf = (line: Line, share: number, paper: number | string | undefined): readonly Cell[] => {
  const partition = { kind: "similarity", shards: CLIENTS, share } as const;
  const what = { partition, model: "logistic", ...(paper !== undefined && { paper }) };
  return [
    ...RATES.map((rate) => ({ ...what, key: keyOf(line, share, rate), job: jobOf(line, rate, TARGET) })),
    { ...what, key: easyKeyOf(line, share), job: jobOf(line, EASY.rate, EASY.target) },
  ];
};

/** The rounds of the best learning rate, and which it is. */
function told(kept: ReadonlyMap<string, CellResult>, line: Line, share: number): string {
  const [top] = RATES.flatMap((rate) => {
    const result = kept.get(keyOf(line, share, rate));
    return result === undefined ? [] : [{ rate, result, rounds: firstAt(result, TARGET) ?? Number.POSITIVE_INFINITY }];
  }).sort((a, b) => a.rounds - b.rounds || best(b.result) - best(a.result));
  return top === undefined ? NOT_RUN : `${roundsTo(top.result, TARGET)}, ${top.rate}`;
}

const toldEasy = (result: CellResult | undefined): string =>
  result === undefined ? NOT_RUN : roundsTo(result, EASY.target);

/** SCAFFOLD (Karimireddy et al. 2020), table 3: rounds of logistic regression until it is good enough, by how alike the clients are. */
export const scaffold: PaperTable = {
  name: "scaffold",
  source:
    "Karimireddy et al. 2020, SCAFFOLD: Stochastic Controlled Averaging for Federated Learning, table 3: rounds to 50 % on EMNIST",
  cells: LINES.flatMap((line) => SIMILARITIES.flatMap((share, at) => cellsOf(line, share, line.paper[at]))),
  render: (kept) =>
    markdown(
      [
        "",
        ...SIMILARITIES.flatMap((share) => [
          `${share * 100} % alike, paper`,
          `${TARGET * 100} %, best rate`,
          `${EASY.target * 100} %, rate ${EASY.rate}`,
        ]),
      ],
      LINES.map((line) => [
        line.name,
        ...SIMILARITIES.flatMap((share, at) => [
          `${line.paper[at] ?? ""}`,
          told(kept, line, share),
          toldEasy(kept.get(easyKeyOf(line, share))),
        ]),
      ]),
    ),
};
