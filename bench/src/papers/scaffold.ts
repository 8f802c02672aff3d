import type { JobSpecInput } from "@tributary/federation";
import { type Cell, type CellResult, markdown, NOT_RUN, newest, type PaperTable, percent, UNENDED } from "./table.js";

const CLIENTS = 100;
const TARGET = 0.88;
const ROUNDS = 300;
/** Shares of each client's images that are random ones. */
const SIMILARITIES = [0, 0.1, 1] as const;

interface Line {
  readonly name: string;
  readonly key: string;
  readonly strategy: NonNullable<JobSpecInput["strategy"]>;
  /** 0: one step over all that a client has. */
  readonly epochs: number;
  /** Rounds to 50 % on EMNIST, by `SIMILARITIES`. */
  readonly paper: readonly string[];
}

const LINES: readonly Line[] = [
  { name: "SGD", key: "sgd", strategy: { kind: "fedsgd" }, epochs: 0, paper: ["317", "365", "416"] },
  {
    ...{ name: "SCAFFOLD, E = 1", key: "scaffold-e1", epochs: 1, paper: ["77", "62", "60"] },
    strategy: { kind: "scaffold", population: CLIENTS },
  },
  {
    ...{ name: "SCAFFOLD, E = 5", key: "scaffold-e5", epochs: 5, paper: ["152", "20", "10"] },
    strategy: { kind: "scaffold", population: CLIENTS },
  },
  { name: "FedAvg, E = 1", key: "fedavg-e1", strategy: { kind: "fedavg" }, epochs: 1, paper: ["258", "74", "83"] },
  { name: "FedAvg, E = 5", key: "fedavg-e5", strategy: { kind: "fedavg" }, epochs: 5, paper: ["428", "34", "10"] },
  {
    ...{ name: "FedProx, E = 1", key: "fedprox-e1", epochs: 1, paper: ["over 1000", "979", "459"] },
    strategy: { kind: "fedprox", mu: 1 },
  },
  {
    ...{ name: "FedProx, E = 5", key: "fedprox-e5", epochs: 5, paper: ["over 1000", "794", "351"] },
    strategy: { kind: "fedprox", mu: 1 },
  },
];

const keyOf = (key: string, share: number): string => `${key}-${share * 100}`;

/** A batch is a fifth of what a client has, as in the paper. */
const cellOf = ({ key, strategy, epochs }: Line, share: number): Cell => ({
  key: keyOf(key, share),
  partition: { kind: "similarity", shards: CLIENTS, share },
  model: "logistic",
  job: {
    rounds: ROUNDS,
    training: epochs === 0 ? { learningRate: 0.1 } : { epochs, batchSize: 120, learningRate: 0.1 },
    strategy,
    cohort: { size: 20 },
    evaluation: { every: 1 },
    stop: { accuracy: TARGET },
  },
});

function told(result: CellResult | undefined): string {
  if (result === undefined) return NOT_RUN;
  const { round, accuracy } = newest(result);
  if (accuracy >= TARGET) return `${round}`;
  const best = percent(Math.max(...Object.values(result.accuracy)));
  return `${result.outcome === UNENDED ? "cut off at" : "over"} ${round} (${best})`;
}

/** SCAFFOLD (Karimireddy et al. 2020), table 3: rounds of logistic regression until it is good enough, by how alike the clients are. */
export const scaffold: PaperTable = {
  name: "scaffold",
  cells: LINES.flatMap((line) => SIMILARITIES.map((share) => cellOf(line, share))),
  render: (kept) =>
    markdown(
      ["", ...SIMILARITIES.flatMap((share) => [`${share * 100} % alike, paper`, "ours"])],
      LINES.map(({ name, key, paper }) => [
        name,
        ...SIMILARITIES.flatMap((share, at) => [paper[at] ?? "", told(kept.get(keyOf(key, share)))]),
      ]),
    ),
};
