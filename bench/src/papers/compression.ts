import { shortRounds, shortRoundsTables } from "./short-rounds.js";
import {
  LINES,
  type Line,
  lateMean,
  onColours,
  onDigits,
  type Pace,
  PLAIN,
  points,
  smaller,
  TOP,
  toldColours,
} from "./small-updates.js";
import { type CellResult, markdown, NOT_RUN, newest, type PaperTable, percent } from "./table.js";

/** The job of `tributary demo`, three times as long. */
const DIGITS: Pace = {
  ...{ name: "", key: "", rounds: 120, batches: 10, learningRate: 0.1, decay: 0.98 },
  ...{ every: 5, seeds: [1] },
};

const SHORT: Pace = {
  ...{ name: "", key: "cifar", rounds: 150, batches: 20, learningRate: 0.02, decay: 0.98, momentum: 0.9 },
  ...{ every: 5, seeds: [1, 2] },
};
/** The learning rate falls as far as in the short one. */
const LONG: Pace = { ...SHORT, name: "400 rounds: ", key: "cifar-long", rounds: 400, decay: 0.9925, seeds: [1] };

const COLOURS: readonly { readonly line: Line; readonly pace: Pace }[] = [
  ...LINES.map((line) => ({ line, pace: SHORT })),
  ...[PLAIN, TOP].map((line) => ({ line, pace: LONG })),
];

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

/** Sparse and coarse updates, on the job of `tributary demo` and on colours: what error feedback (Karimireddy et al. 2019) is good for. */
export const compression: PaperTable = {
  name: "compression",
  source:
    "no table of a paper; after Karimireddy et al. 2019, Error Feedback Fixes SignSGD and other Gradient Compression Schemes",
  cells: [
    ...LINES.map((line) => onDigits(line, DIGITS)),
    ...COLOURS.flatMap(({ line, pace }) => onColours(line, pace)),
    ...shortRounds,
  ],
  render(kept) {
    const digits = markdown(
      ["updates, MNIST", "smaller", ...SCORES.flatMap(({ name }) => [name, "points off"])],
      LINES.map((line) => [line.name, ...toldDigits(kept.get(line.key), kept.get(PLAIN.key))]),
    );
    const colours = markdown(
      ["updates, CIFAR-10 subset", "smaller", "mean of the last six", "points off", "by seed"],
      COLOURS.map(({ line, pace }) => [pace.name + line.name, ...toldColours(kept, line, pace)]),
    );
    return `${digits}\n\n${colours}\n\n${shortRoundsTables(kept)}`;
  },
};
