import type { JobSpecInput } from "@tributary/federation";
import { stream } from "@tributary/protocol";
import type { Behaviour } from "@tributary/simulation";
import { type Cell, type CellResult, markdown, mean, NOT_RUN, newest, type PaperTable, percent } from "./table.js";

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
  ...[0.5, 0.9].flatMap((share) => [dropped, plain, proximal].map((line) => ({ share, line }))),
];

/**
 * Of the devices of a round so many are slow, drawn from the stream ("stragglers", round, attempt): they get through 1 to
 * EPOCHS - 1 epochs until the round ends.
 */
const slow = (name: string, seed: number, share: number, partial: boolean): Behaviour => ({
  epochs({ round, attempt, cohort }) {
    const drawn = stream(seed, "stragglers", round, attempt).shuffle([...cohort]);
    if (!drawn.slice(0, Math.round(share * drawn.length)).includes(name)) return EPOCHS;
    return partial ? 1 + stream(seed, "straggler", round, attempt, name).below(EPOCHS - 1) : 0;
  },
});

const keyOf = ({ name }: Line, share: number): string =>
  `${name
    .toLowerCase()
    .replaceAll("μ", "mu")
    .replaceAll(/[^a-z0-9]+/g, "-")}-${share * 100}`;

const cellOf = (line: Line, share: number): Cell => ({
  key: keyOf(line, share),
  partition: { kind: "labels-per-client", shards: DEVICES, labelsEach: 2, exponent: 0.7 },
  model: "logistic",
  job: {
    rounds: 200,
    training: { epochs: EPOCHS, batchSize: 10, learningRate: 0.03 },
    strategy: line.strategy,
    cohort: { size: 10 },
    evaluation: { every: 5 },
  },
  behaviours: (shards, seed) => new Map(shards.map(({ name }) => [name, slow(name, seed, share, line.partial)])),
});

/** Accuracies of the second half of the rounds: curves of so unlike devices jump. */
const lateOf = (result: CellResult): readonly number[] =>
  Object.entries(result.accuracy).flatMap(([round, accuracy]) => (Number(round) * 2 > result.rounds ? [accuracy] : []));

/** The last score, mean and least of the second half, and how far the mean is above that of dropping, in points. */
function told(result: CellResult | undefined, base: CellResult | undefined): readonly string[] {
  if (result === undefined) return [NOT_RUN, NOT_RUN, "", NOT_RUN];
  const late = lateOf(result);
  const above = base === undefined ? "" : ((mean(late) - mean(lateOf(base))) * 100).toFixed(2);
  return [percent(newest(result).accuracy), percent(mean(late)), above, percent(Math.min(...late))];
}

/** FedProx (Li et al. 2020), figure 1, on MNIST: what stragglers have is worth having. */
export const fedprox: PaperTable = {
  name: "fedprox",
  source: "Li et al. 2020, Federated Optimization in Heterogeneous Networks, figure 1, MNIST: curves without numbers",
  cells: CURVES.map(({ share, line }) => cellOf(line, share)),
  render: (kept) =>
    markdown(
      ["", "last round", "mean of the second half", "above dropping", "least of the second half"],
      CURVES.map(({ share, line }) => [
        `${share * 100} % stragglers: ${line.name}`,
        ...told(kept.get(keyOf(line, share)), kept.get(keyOf(dropped, share))),
      ]),
    ),
};
