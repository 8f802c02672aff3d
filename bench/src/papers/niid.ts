import type { PartitionSpec } from "@tributary/data";
import type { JobSpecInput } from "@tributary/federation";
import { niidCnn } from "./niid-cnn.js";
import { type Cell, type CellResult, markdown, NOT_RUN, newest, type PaperTable, percent } from "./table.js";

const PARTIES = 10;
const ROUNDS = 50;

/** A row of table 3, in the order of `STRATEGIES`, as the paper has it, percent. */
interface Row {
  readonly name: string;
  readonly key: string;
  readonly partition: PartitionSpec;
  readonly paper: readonly number[];
}

const ROWS: readonly Row[] = [
  { name: "IID", key: "iid", partition: { kind: "iid", shards: PARTIES }, paper: [99.09, 99.16, 99.06, 99.05] },
  {
    ...{ name: "Dir(0.5)", key: "dir0.5", paper: [98.89, 99.02, 99.07, 98.03] },
    partition: { kind: "dirichlet", shards: PARTIES, alpha: 0.5 },
  },
  {
    ...{ name: "#C = 2", key: "c2", paper: [96.86, 96.85, 96.92, 96.65] },
    partition: { kind: "labels-per-client", shards: PARTIES, labelsEach: 2 },
  },
  {
    ...{ name: "#C = 3", key: "c3", paper: [97.86, 97.85, 97.91, 97.62] },
    partition: { kind: "labels-per-client", shards: PARTIES, labelsEach: 3 },
  },
];

const STRATEGIES: readonly { readonly name: string; readonly strategy: NonNullable<JobSpecInput["strategy"]> }[] = [
  { name: "FedAvg", strategy: { kind: "fedavg" } },
  { name: "FedProx", strategy: { kind: "fedprox", mu: 0.01 } },
  { name: "SCAFFOLD", strategy: { kind: "scaffold" } },
  { name: "FedNova", strategy: { kind: "fednova" } },
];

const keyOf = (row: Row, name: string): string => `${row.key}-${name.toLowerCase()}`;

const told = (result: CellResult | undefined): string => {
  if (result === undefined) return NOT_RUN;
  const { round, accuracy } = newest(result);
  return percent(accuracy) + (round < ROUNDS ? ` after ${round} rounds` : "");
};

/** NIID-Bench (Li et al. 2022), table 3, MNIST: accuracy after 50 rounds of 10 epochs each. */
export const niid: PaperTable = {
  name: "niid",
  cells: ROWS.flatMap((row) =>
    STRATEGIES.map(
      ({ name, strategy }): Cell => ({
        key: keyOf(row, name),
        partition: row.partition,
        model: "niid-cnn",
        graph: () => niidCnn([1, 28, 28]),
        job: {
          rounds: ROUNDS,
          training: { epochs: 10, batchSize: 64, learningRate: 0.01, momentum: 0.9 },
          strategy,
        },
      }),
    ),
  ),
  render: (kept) =>
    markdown(
      ["partition", ...STRATEGIES.flatMap(({ name }) => [`${name}, paper`, "ours"])],
      ROWS.map((row) => [
        row.name,
        ...STRATEGIES.flatMap(({ name }, at) => [
          `${(row.paper[at] ?? Number.NaN).toFixed(2)} %`,
          told(kept.get(keyOf(row, name))),
        ]),
      ]),
    ),
};
