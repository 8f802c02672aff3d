import { niidCnn } from "./niid-cnn.js";
import {
  type Cell,
  type CellResult,
  markdown,
  meanOfLast,
  NOT_RUN,
  newest,
  type PaperTable,
  percent,
  UNENDED,
} from "./table.js";

interface Line {
  readonly name: string;
  readonly key: string;
  readonly codec?: string;
  /** Whether what the codec loses is lost for good. */
  readonly loses?: true;
}

const PLAIN: Line = { name: "as they are", key: "none" };

const LINES: readonly Line[] = [
  PLAIN,
  { name: "`delta \\| int8`", key: "int8", codec: "delta | int8" },
  { name: "`delta \\| topk(0.01)`, error feedback", key: "topk", codec: "delta | topk(0.01)" },
  { name: "`delta \\| topk(0.01) \\| int8`, error feedback", key: "topk-int8", codec: "delta | topk(0.01) | int8" },
  {
    name: "`delta \\| topk(0.01)`, no error feedback",
    key: "topk-no-feedback",
    codec: "delta | topk(0.01)",
    loses: true,
  },
];

const codecOf = ({ codec, loses }: Line): Pick<Cell["job"], "codec"> =>
  codec === undefined ? {} : { codec: { update: codec, ...(loses && { errorFeedback: false }) } };

/** The twin's three workers hold the digits 0 to 3, 4 to 6 and 7 to 9; ten batches of 32 a round. */
const digits = (line: Line): Cell => ({
  key: line.key,
  partition: {
    kind: "labels",
    labels: [
      [0, 1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ],
  },
  model: "pysyft-cnn",
  job: {
    rounds: 120,
    training: { loss: "nll", batchSize: 32, maxBatches: 10, learningRate: 0.1, learningRateDecay: 0.98 },
    strategy: { kind: "fedavg", weighting: "equal" },
    cohort: { minimum: 3, quorum: 3 },
    ...codecOf(line),
    evaluation: { every: 5 },
  },
});

/** How long a job on colours is, and the seeds that it is run with. */
interface Length {
  readonly name: string;
  readonly key: string;
  readonly rounds: number;
  readonly decay: number;
  readonly seeds: readonly number[];
}

const SHORT: Length = { name: "", key: "cifar", rounds: 150, decay: 0.98, seeds: [1, 2] };
/** The learning rate falls as far as in the short one. */
const LONG: Length = { name: "400 rounds: ", key: "cifar-long", rounds: 400, decay: 0.9925, seeds: [1] };

const COLOURS: readonly { readonly line: Line; readonly length: Length }[] = [
  ...LINES.map((line) => ({ line, length: SHORT })),
  ...LINES.filter(({ key }) => key === PLAIN.key || key === "topk").map((line) => ({ line, length: LONG })),
];

const colourKey = (line: Line, length: Length, seed: number): string => `${length.key}-${line.key}-seed${seed}`;

/** Five workers with 2,000 random images each; twenty batches of 20 a round. */
const colours = (line: Line, length: Length, seed: number): Cell => ({
  key: colourKey(line, length, seed),
  data: { name: "cifar-10", train: 10_000, test: 2_000 },
  partition: { kind: "iid", shards: 5 },
  model: "niid-cnn",
  graph: () => niidCnn([3, 32, 32]),
  job: {
    seed,
    rounds: length.rounds,
    training: { batchSize: 20, maxBatches: 20, learningRate: 0.02, momentum: 0.9, learningRateDecay: length.decay },
    ...codecOf(line),
    evaluation: { every: 5 },
  },
});

/** How many times smaller the updates were. */
const smaller = ({ sentBytes = 0, updateBytes = 0 }: CellResult): string => `${(updateBytes / sentBytes).toFixed(1)} ×`;

/** Scores that are averaged at the end. */
const LAST = 6;

const lateMean = (result: CellResult): number => meanOfLast(result, LAST);

/** The job of `tributary demo` has 40 rounds: the nearest one that was scored. */
const DEMO = 41;

/** How accuracy on digits is told. */
const SCORES: readonly { readonly name: string; readonly of: (result: CellResult) => number }[] = [
  { name: `round ${DEMO}`, of: ({ accuracy }) => accuracy[DEMO] ?? Number.NaN },
  { name: "last round", of: (result) => newest(result).accuracy },
  { name: "mean of the last six", of: lateMean },
];

/** How many times smaller, and each score with how far it is from that without a codec, in points. */
function toldDigits(result: CellResult | undefined, plain: CellResult | undefined): readonly string[] {
  if (result === undefined) return [NOT_RUN, ...SCORES.flatMap(() => ["", ""])];
  const scores = SCORES.flatMap(({ of }) => {
    const [ours, base] = [of(result), plain === undefined ? Number.NaN : of(plain)];
    return [Number.isNaN(ours) ? NOT_RUN : percent(ours), Number.isNaN(ours - base) ? "" : points(ours - base)];
  });
  return [smaller(result), ...scores];
}

/** Zero is added, so that what rounds to -0 is 0. */
const points = (share: number): string => (Number((share * 100).toFixed(2)) + 0).toFixed(2);

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean of a line's last scores over the seeds that were run to their end, and how far each seed is from its like without a codec. */
function toldColours(kept: ReadonlyMap<string, CellResult>, line: Line, length: Length): readonly string[] {
  const ended = (one: Line, seed: number): CellResult | undefined => {
    const result = kept.get(colourKey(one, length, seed));
    return result?.outcome === UNENDED ? undefined : result;
  };
  const runs = length.seeds.flatMap((seed) => {
    const result = ended(line, seed);
    return result === undefined ? [] : [{ result, base: ended(PLAIN, seed) }];
  });
  const [first] = runs;
  if (first === undefined) return [NOT_RUN, "", "", ""];
  const off = runs.flatMap(({ result, base }) => (base === undefined ? [] : [lateMean(result) - lateMean(base)]));
  return [
    ...[smaller(first.result), percent(mean(runs.map(({ result }) => lateMean(result))))],
    ...(off.length === 0 ? ["", ""] : [points(mean(off)), off.map(points).join(", ")]),
  ];
}

/** Sparse and coarse updates, on the job of `tributary demo` and on colours: what error feedback (Karimireddy et al. 2019) is good for. */
export const compression: PaperTable = {
  name: "compression",
  source:
    "no table of a paper; after Karimireddy et al. 2019, Error Feedback Fixes SignSGD and other Gradient Compression Schemes",
  cells: [
    ...LINES.map(digits),
    ...COLOURS.flatMap(({ line, length }) => length.seeds.map((seed) => colours(line, length, seed))),
  ],
  render(kept) {
    const onDigits = markdown(
      ["updates, MNIST", "smaller", ...SCORES.flatMap(({ name }) => [name, "points off"])],
      LINES.map((line) => [line.name, ...toldDigits(kept.get(line.key), kept.get(PLAIN.key))]),
    );
    const onColours = markdown(
      ["updates, CIFAR-10 subset", "smaller", "mean of the last six", "points off", "by seed"],
      COLOURS.map(({ line, length }) => [length.name + line.name, ...toldColours(kept, line, length)]),
    );
    return `${onDigits}\n\n${onColours}`;
  },
};
