import type { PartitionSpec } from "@tributary/data";
import type { JobSpecInput } from "@tributary/federation";
import { niidCnn } from "./niid-cnn.js";
import { best, type Cell, type CellResult, markdown, NOT_RUN, newest, type PaperTable, percent } from "./table.js";

const PARTIES = 10;
const ROUNDS = 50;

/** A row of the table. */
interface Row {
  readonly name: string;
  readonly key: string;
  readonly partition: PartitionSpec;
  /** The best accuracies of all rounds that Flower came to, in the order of `STRATEGIES`. */
  readonly paper: readonly number[];
}

const ROWS: readonly Row[] = [
  { name: "IID", key: "iid", partition: { kind: "iid", shards: PARTIES }, paper: [0.9909, 0.9916, 0.9906, 0.9905] },
  {
    ...{ name: "Dir(0.5)", key: "dir0.5", paper: [0.9889, 0.9902, 0.9907, 0.9803] },
    partition: { kind: "dirichlet", shards: PARTIES, alpha: 0.5 },
  },
  {
    ...{ name: "#C = 2", key: "c2", paper: [0.9686, 0.9685, 0.9692, 0.9665] },
    partition: { kind: "labels-per-client", shards: PARTIES, labelsEach: 2 },
  },
  {
    ...{ name: "#C = 3", key: "c3", paper: [0.9786, 0.9785, 0.9791, 0.9762] },
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

/** The best accuracy of all rounds, which is what Flower reports, and the last one. */
const told = (result: CellResult | undefined): string => {
  if (result === undefined) return NOT_RUN;
  const { round, accuracy } = newest(result);
  const both = `${(best(result) * 100).toFixed(2)} / ${percent(accuracy)}`;
  return both + (round < ROUNDS ? ` after ${round} rounds` : "");
};

/** The set-up of NIID-Bench (Li et al. 2022) on MNIST: 50 rounds of 10 epochs each, beside Flower's reproduction of it. */
export const niid: PaperTable = {
  name: "niid",
  source:
    "Flower's reproduction of NIID-Bench (Li et al. 2022), baselines/niid_bench/README.md at 73ec95c, MNIST: best of all rounds",
  cells: ROWS.flatMap((row) =>
    STRATEGIES.map(
      ({ name, strategy }, at): Cell => ({
        key: keyOf(row, name),
        partition: row.partition,
        model: "niid-cnn",
        graph: () => niidCnn([1, 28, 28]),
        job: {
          rounds: ROUNDS,
          training: { epochs: 10, batchSize: 64, learningRate: 0.01, momentum: 0.9 },
          strategy,
        },
        paper: row.paper[at] ?? Number.NaN,
      }),
    ),
  ),
  render: (kept) =>
    markdown(
      ["partition", ...STRATEGIES.flatMap(({ name }) => [`${name}, Flower`, "ours, best / last"])],
      ROWS.map((row) => [
        row.name,
        ...STRATEGIES.flatMap(({ name }, at) => [
          percent(row.paper[at] ?? Number.NaN),
          told(kept.get(keyOf(row, name))),
        ]),
      ]),
    ),
};
