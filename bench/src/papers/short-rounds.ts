import {
  type ColourPace,
  LINES,
  lateMean,
  onColours,
  onDigits,
  type Pace,
  PLAIN,
  TOP,
  toldColours,
  toldDigits,
} from "./small-updates.js";
import { type Cell, type CellResult, markdown, NOT_RUN } from "./table.js";

/** The batches of the demo, each in a round of its own; the learning rate falls as far. */
const DIGITS: Pace = {
  ...{ key: "batch", rounds: 400, every: 20 },
  training: { maxBatches: 1, learningRate: 0.1, learningRateDecay: 0.998 },
};

const colourPace = (rounds: number, maxBatches: number, learningRateDecay: number, every: number): ColourPace => ({
  name: `${maxBatches === 1 ? "1 batch" : `${maxBatches} batches`}, ${rounds.toLocaleString("en-US")} rounds`,
  key: `cifar-${maxBatches}x${rounds}`,
  ...{ rounds, every, seeds: [1, 2] },
  training: { maxBatches, learningRate: 0.1, learningRateDecay },
});

const EACH_BATCH = colourPace(3_000, 1, 0.999, 100);
/** The same training, cut into other rounds. */
const PACES: readonly ColourPace[] = [
  colourPace(150, 20, 0.98, 5),
  colourPace(600, 5, 0.995, 20),
  EACH_BATCH,
  {
    ...EACH_BATCH,
    ...{ name: `${EACH_BATCH.name}, momentum at the server`, key: `${EACH_BATCH.key}-momentum` },
    training: { ...EACH_BATCH.training, learningRate: 0.02 },
    ...{ strategy: { kind: "fedavgm", serverMomentum: 0.9 }, seeds: [1] },
  },
];

/** Jobs whose rounds are short, so that there are many of them. */
export const shortRounds: readonly Cell[] = [
  ...LINES.map((line) => onDigits(line, DIGITS)),
  ...LINES.flatMap((line) => onColours(line, EACH_BATCH)),
  ...PACES.filter((pace) => pace !== EACH_BATCH).flatMap((pace) =>
    [PLAIN, TOP].flatMap((line) => onColours(line, pace)),
  ),
];

/** What a codec loses where each batch is a round; and what the top 1 % lose by how the training is cut into rounds. */
export function shortRoundsTables(kept: ReadonlyMap<string, CellResult>): string {
  const byLine = markdown(
    [
      ...["updates, each batch a round", "MNIST: smaller", "accuracy", "points off"],
      ...["CIFAR-10: smaller", "accuracy", "points off", "by seed"],
    ],
    LINES.map((line) => [
      line.name,
      ...toldDigits(kept, line, DIGITS, [lateMean]),
      ...toldColours(kept, line, EACH_BATCH),
    ]),
  );
  const byPace = markdown(
    ["CIFAR-10, batches a round", "as they are", "`delta \\| topk(0.01)`", "points off", "by seed"],
    PACES.map((pace) => {
      const [, plain = ""] = toldColours(kept, PLAIN, pace);
      const [, ...top] = toldColours(kept, TOP, pace);
      return [pace.name, plain === "" ? NOT_RUN : plain, ...(top[0] === "" ? [NOT_RUN, "", ""] : top)];
    }),
  );
  return `${byLine}\n\n${byPace}`;
}
