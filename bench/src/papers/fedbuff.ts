import type { JobSpecInput } from "@tributary/federation";
import { type Cell, type CellResult, markdown, NOT_RUN, newest, type PaperTable, percent } from "./table.js";

const WORKERS = 200;
/** Workers that train at a time, in every job. */
const CONCURRENCY = 50;
const TARGET = 0.95;

interface Line {
  readonly name: string;
  readonly key: string;
  readonly strategy: NonNullable<JobSpecInput["strategy"]>;
  readonly rounds: number;
  /** About as many uploads lie between two scores. */
  readonly every: number;
  readonly cohort?: JobSpecInput["cohort"];
}

const buffered = (bufferSize: number, serverLearningRate: number): Line => ({
  name: `FedBuff, K = ${bufferSize}, η = ${serverLearningRate}`,
  key: `fedbuff-k${bufferSize}-lr${serverLearningRate}`,
  strategy: { kind: "fedbuff", bufferSize, serverLearningRate },
  ...{ rounds: 2_000 / bufferSize, every: Math.max(1, 10 / bufferSize) },
});

const LINES: readonly Line[] = [
  { name: "FedAvg, which waits for all", key: "fedavg", strategy: { kind: "fedavg" }, rounds: 40, every: 1 },
  {
    name: "FedAvg, 30 % over-selection",
    key: "fedavg-over-selection",
    strategy: { kind: "fedavg" },
    ...{ rounds: 40, every: 1, cohort: { size: 38, overSelection: 1.3 } },
  },
  buffered(10, 1),
  buffered(10, 2),
  buffered(5, 1),
  { name: "FedAsync, α = 0.6", key: "fedasync", strategy: { kind: "fedasync" }, rounds: 2_000, every: 10 },
];

const cellOf = ({ key, strategy, rounds, every, cohort }: Line): Cell => ({
  key,
  partition: { kind: "dirichlet", shards: WORKERS, alpha: 0.5 },
  model: "mcmahan-2nn",
  trainingDuration: { median: 60, sigma: 1 },
  job: {
    rounds,
    training: { epochs: 1, batchSize: 10, learningRate: 0.05 },
    strategy,
    cohort: { size: CONCURRENCY, deadlineSeconds: 100_000, ...cohort },
    evaluation: { every },
    stop: { accuracy: TARGET },
  },
});

/** Uploads and hours to the target, and how many times fewer they are than FedAvg's. */
function told(result: CellResult | undefined, base: CellResult | undefined): readonly string[] {
  const at = result?.reached;
  if (result === undefined || at === undefined) return [NOT_RUN, "", "", "", ""];
  const { round, accuracy } = newest(result);
  if (accuracy < TARGET) return [`over ${at.uploads} (${percent(accuracy)})`, "", `${round}`, "", ""];
  const times = (of: (one: NonNullable<CellResult["reached"]>) => number) =>
    base?.reached === undefined ? "" : `${(of(base.reached) / of(at)).toFixed(1)} ×`;
  return [
    ...[`${at.uploads}`, times(({ uploads }) => uploads), `${round}`],
    ...[`${(at.virtualSeconds / 60).toFixed(0)} min`, times(({ virtualSeconds }) => virtualSeconds)],
  ];
}

/** FedBuff (Nguyen et al. 2022): uploads and time until a model is good enough, when workers are not equally fast. */
export const fedbuff: PaperTable = {
  name: "fedbuff",
  source:
    "no table of a paper; after Nguyen et al. 2022, Federated Learning with Buffered Asynchronous Aggregation, which has no MNIST",
  cells: LINES.map(cellOf),
  render: (kept) =>
    markdown(
      [`to ${TARGET * 100} %`, "uploads", "fewer", "versions", "virtual time", "faster"],
      LINES.map(({ name, key }) => [name, ...told(kept.get(key), kept.get("fedavg"))]),
    ),
};
