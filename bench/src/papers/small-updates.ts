import { timesSmaller } from "@tributary/federation";
import { niidCnn } from "./niid-cnn.js";
import { type Cell, type CellResult, mean, meanOfLast, NOT_RUN, percent, UNENDED } from "./table.js";

/** How updates are made small. */
export interface Line {
  readonly name: string;
  readonly key: string;
  readonly codec?: string;
  /** Whether what the codec loses is lost for good. */
  readonly loses?: true;
}

export const PLAIN: Line = { name: "as they are", key: "none" };
export const TOP: Line = { name: "`delta \\| topk(0.01)`, error feedback", key: "topk", codec: "delta | topk(0.01)" };

export const LINES: readonly Line[] = [
  PLAIN,
  { name: "`delta \\| int8`", key: "int8", codec: "delta | int8" },
  TOP,
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

/** How a job's training is cut into rounds. */
export interface Pace {
  /** What stands before a line's in the names of cells; empty: nothing. */
  readonly key: string;
  readonly rounds: number;
  readonly training: Pick<
    NonNullable<Cell["job"]["training"]>,
    "maxBatches" | "learningRate" | "learningRateDecay" | "momentum"
  >;
  readonly strategy?: Cell["job"]["strategy"];
  /** Rounds from one score to the next. */
  readonly every: number;
}

export interface ColourPace extends Pace {
  /** In the table. */
  readonly name: string;
  readonly seeds: readonly number[];
}

const keyOf = (line: Line, { key }: Pace): string => (key === "" ? line.key : `${key}-${line.key}`);

/** The twin's three workers hold the digits 0 to 3, 4 to 6 and 7 to 9; batches of 32. */
export const onDigits = (line: Line, pace: Pace): Cell => ({
  key: keyOf(line, pace),
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
    rounds: pace.rounds,
    training: { loss: "nll", batchSize: 32, ...pace.training },
    strategy: { kind: "fedavg", weighting: "equal" },
    cohort: { minimum: 3, quorum: 3 },
    ...codecOf(line),
    evaluation: { every: pace.every },
  },
});

const colourKey = (line: Line, pace: ColourPace, seed: number): string => `${keyOf(line, pace)}-seed${seed}`;

/** Five workers with 2,000 random images each; batches of 20. One cell a seed. */
export const onColours = (line: Line, pace: ColourPace): readonly Cell[] =>
  pace.seeds.map((seed) => ({
    key: colourKey(line, pace, seed),
    data: { name: "cifar-10", train: 10_000, test: 2_000 },
    partition: { kind: "iid", shards: 5 },
    model: "niid-cnn",
    graph: () => niidCnn([3, 32, 32]),
    job: {
      seed,
      rounds: pace.rounds,
      training: { batchSize: 20, ...pace.training },
      ...(pace.strategy && { strategy: pace.strategy }),
      ...codecOf(line),
      evaluation: { every: pace.every },
    },
  }));

/** How many times smaller the updates were. */
const smaller = ({ sentBytes = 0, updateBytes = 0 }: CellResult): string => timesSmaller(sentBytes, updateBytes);

/** The mean of the last six scores. */
export const lateMean = (result: CellResult): number => meanOfLast(result, 6);

/** Zero is added, so that what rounds to -0 is 0. */
const points = (share: number): string => (Number((share * 100).toFixed(2)) + 0).toFixed(2);

type Kept = ReadonlyMap<string, CellResult>;

/** A line on digits: how many times smaller, and each score with how far it is from that without a codec, in points. */
export function toldDigits(
  kept: Kept,
  line: Line,
  pace: Pace,
  scores: readonly ((result: CellResult) => number)[],
): readonly string[] {
  const [result, plain] = [kept.get(keyOf(line, pace)), kept.get(keyOf(PLAIN, pace))];
  if (result === undefined) return [NOT_RUN, ...scores.flatMap(() => ["", ""])];
  const told = scores.flatMap((score) => {
    const [ours, base] = [score(result), plain === undefined ? Number.NaN : score(plain)];
    return [Number.isNaN(ours) ? NOT_RUN : percent(ours), Number.isNaN(ours - base) ? "" : points(ours - base)];
  });
  return [smaller(result), ...told];
}

/**
 * A line on colours: how many times smaller, the mean of its last scores over the seeds that were run to their end, how far that is
 * from what it is without a codec, and each seed from its like.
 */
export function toldColours(kept: Kept, line: Line, pace: ColourPace): readonly string[] {
  const ended = (one: Line, seed: number): CellResult | undefined => {
    const result = kept.get(colourKey(one, pace, seed));
    return result?.outcome === UNENDED ? undefined : result;
  };
  const runs = pace.seeds.flatMap((seed) => {
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
