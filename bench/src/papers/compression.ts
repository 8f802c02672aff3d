import { shortRounds, shortRoundsTables } from "./short-rounds.js";
import {
  type ColourPace,
  LINES,
  type Line,
  lateMean,
  onColours,
  onDigits,
  type Pace,
  PLAIN,
  TOP,
  toldColours,
  toldDigits,
} from "./small-updates.js";
import { type CellResult, markdown, newest, type PaperTable } from "./table.js";

/** The job of `tributary demo`, three times as long. */
const DIGITS: Pace = {
  ...{ key: "", rounds: 120, every: 5 },
  training: { maxBatches: 10, learningRate: 0.1, learningRateDecay: 0.98 },
};

const SHORT: ColourPace = {
  ...{ name: "", key: "cifar", rounds: 150, every: 5, seeds: [1, 2] },
  training: { maxBatches: 20, learningRate: 0.02, momentum: 0.9, learningRateDecay: 0.98 },
};
/** The learning rate falls as far as in the short one. */
const LONG: ColourPace = {
  ...{ ...SHORT, name: "400 rounds: ", key: "cifar-long", rounds: 400, seeds: [1] },
  training: { ...SHORT.training, learningRateDecay: 0.9925 },
};

const COLOURS: readonly { readonly line: Line; readonly pace: ColourPace }[] = [
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
      LINES.map((line) => [
        line.name,
        ...toldDigits(
          kept,
          line,
          DIGITS,
          SCORES.map(({ of }) => of),
        ),
      ]),
    );
    const colours = markdown(
      ["updates, CIFAR-10 subset", "smaller", "mean of the last six", "points off", "by seed"],
      COLOURS.map(({ line, pace }) => [pace.name + line.name, ...toldColours(kept, line, pace)]),
    );
    return `${digits}\n\n${colours}\n\n${shortRoundsTables(kept)}`;
  },
};
