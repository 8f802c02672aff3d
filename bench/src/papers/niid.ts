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

/** A strategy with its settings. */
interface Variant {
  /** Of the cell's key, behind the partition's. */
  readonly key: string;
  readonly strategy: NonNullable<JobSpecInput["strategy"]>;
  /** The setting that is tuned. */
  readonly told?: string;
}

/** A column of the table: the best of the variants that were run counts. */
const STRATEGIES: readonly { readonly name: string; readonly variants: readonly Variant[] }[] = [
  { name: "FedAvg", variants: [{ key: "fedavg", strategy: { kind: "fedavg" } }] },
  {
    name: "FedProx",
    variants: [
      { key: "fedprox", strategy: { kind: "fedprox", mu: 0.01 }, told: "μ = 0.01" },
      { key: "fedprox-mu0.001", strategy: { kind: "fedprox", mu: 0.001 }, told: "μ = 0.001" },
    ],
  },
  { name: "SCAFFOLD", variants: [{ key: "scaffold", strategy: { kind: "scaffold" } }] },
  { name: "FedNova", variants: [{ key: "fednova", strategy: { kind: "fednova" } }] },
];

const keyOf = (row: Row, { key }: Variant): string => `${row.key}-${key}`;

/** The best accuracy of all rounds, which is what Flower reports, and the last one; of the best variant. */
function told(kept: ReadonlyMap<string, CellResult>, row: Row, variants: readonly Variant[]): string {
  const [first] = variants
    .flatMap((variant) => {
      const result = kept.get(keyOf(row, variant));
      return result === undefined ? [] : [{ variant, result }];
    })
    .sort((a, b) => best(b.result) - best(a.result));
  if (first === undefined) return NOT_RUN;
  const { round, accuracy } = newest(first.result);
  const both = `${(best(first.result) * 100).toFixed(2)} / ${percent(accuracy)}`;
  const setting = first.variant.told === undefined ? "" : `, ${first.variant.told}`;
  return both + setting + (round < ROUNDS ? `, after ${round} rounds` : "");
}

/** The set-up of NIID-Bench (Li et al. 2022) on MNIST: 50 rounds of 10 epochs each, beside Flower's reproduction of it. */
export const niid: PaperTable = {
  name: "niid",
  source:
    "Flower's reproduction of NIID-Bench (Li et al. 2022), baselines/niid_bench/README.md at 73ec95c, MNIST: best of all rounds",
  cells: ROWS.flatMap((row) =>
    STRATEGIES.flatMap(({ variants }, at) =>
      variants.map(
        (variant): Cell => ({
          key: keyOf(row, variant),
          partition: row.partition,
          model: "niid-cnn",
          graph: () => niidCnn([1, 28, 28]),
          job: {
            rounds: ROUNDS,
            training: { epochs: 10, batchSize: 64, learningRate: 0.01, momentum: 0.9 },
            strategy: variant.strategy,
          },
          paper: row.paper[at] ?? Number.NaN,
        }),
      ),
    ),
  ),
  render: (kept) =>
    markdown(
      ["partition", ...STRATEGIES.flatMap(({ name }) => [`${name}, Flower`, "ours, best / last"])],
      ROWS.map((row) => [
        row.name,
        ...STRATEGIES.flatMap(({ variants }, at) => [percent(row.paper[at] ?? Number.NaN), told(kept, row, variants)]),
      ]),
    ),
};
