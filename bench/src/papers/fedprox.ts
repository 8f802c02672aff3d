import type { JobSpecInput } from "@tributary/federation";
import { stream } from "@tributary/protocol";
import type { Behaviour } from "@tributary/simulation";
import { type Cell, type CellResult, markdown, NOT_RUN, newest, type PaperTable, percent } from "./table.js";

const DEVICES = 1000;
const EPOCHS = 20;

/** What is done with stragglers. */
interface Line {
  readonly name: string;
  readonly strategy: NonNullable<JobSpecInput["strategy"]>;
  /** Stragglers send what they have; else nothing comes of them. */
  readonly partial: boolean;
}

const dropped: Line = { name: "FedAvg, stragglers dropped", strategy: { kind: "fedavg" }, partial: false };
const plain: Line = { name: "FedProx, μ = 0", strategy: { kind: "fedprox", mu: 0 }, partial: true };
const proximal: Line = { name: "FedProx, μ = 1", strategy: { kind: "fedprox", mu: 1 }, partial: true };

/** The curves of the figure. Without stragglers, FedAvg and μ = 0 are the same. */
const CURVES: readonly { readonly share: number; readonly line: Line }[] = [
  ...[dropped, proximal].map((line) => ({ share: 0, line })),
  ...[dropped, plain, proximal].map((line) => ({ share: 0.9, line })),
];

/** A share of the devices are slow in an attempt: they get through 1 to EPOCHS - 1 epochs until the round ends. */
const slow = (name: string, seed: number, share: number, partial: boolean): Behaviour => ({
  epochs({ round, attempt }) {
    const random = stream(seed, "straggler", round, attempt, name);
    if (random.uniform() >= share) return EPOCHS;
    return partial ? 1 + random.below(EPOCHS - 1) : 0;
  },
});

const keyOf = ({ name }: Line, share: number): string =>
  `${name
    .toLowerCase()
    .replaceAll("μ", "mu")
    .replaceAll(/[^a-z0-9]+/g, "-")}-${share * 100}`;

const cellOf = (line: Line, share: number): Cell => ({
  key: keyOf(line, share),
  partition: { kind: "labels-per-client", shards: DEVICES, labelsEach: 2 },
  model: "logistic",
  job: {
    rounds: 200,
    training: { epochs: EPOCHS, batchSize: 10, learningRate: 0.03 },
    strategy: line.strategy,
    // Of ten devices it may be that all are stragglers: the round is tried again with ten others.
    cohort: { size: 10, maxAttempts: 100 },
    evaluation: { every: 5 },
  },
  behaviours: (shards, seed) => new Map(shards.map(({ name }) => [name, slow(name, seed, share, line.partial)])),
});

/** Mean and least accuracy over the second half of the rounds: curves of so unlike devices jump. */
function told(result: CellResult | undefined): readonly string[] {
  if (result === undefined) return [NOT_RUN, NOT_RUN, NOT_RUN];
  const late = Object.entries(result.accuracy).flatMap(([round, accuracy]) =>
    Number(round) * 2 > result.rounds ? [accuracy] : [],
  );
  const mean = late.reduce((sum, accuracy) => sum + accuracy, 0) / late.length;
  return [percent(newest(result).accuracy), percent(mean), percent(Math.min(...late))];
}

/** FedProx (Li et al. 2020), figure 1, on MNIST: what stragglers have is worth having. */
export const fedprox: PaperTable = {
  name: "fedprox",
  cells: CURVES.map(({ share, line }) => cellOf(line, share)),
  render: (kept) =>
    markdown(
      ["", "last round", "mean of the second half", "least of the second half"],
      CURVES.map(({ share, line }) => [
        `${share * 100} % stragglers: ${line.name}`,
        ...told(kept.get(keyOf(line, share))),
      ]),
    ),
};
