import { z } from "zod";
import { MOST_COMPARED } from "../aggregation/pair-distances.js";
import { defineStrategy } from "./define.js";
import { bestOf, places } from "./krum-choice.js";
import { ofChosen } from "./of-chosen.js";
import { byzantine } from "./settings.js";

interface Settings {
  readonly byzantine: number;
  readonly select?: number | undefined;
}

/** At least 2f + 3, and m + f + 2. */
const least = ({ byzantine, select = 1 }: Settings) => Math.max(2 * byzantine + 3, select + byzantine + 2);

/**
 * The mean of the m updates that Krum scores best. Needs n ≥ 2f + 3 and m ≤ n − f − 2.
 * Sources: Blanchard et al. 2017, "Machine Learning with Adversaries: Byzantine Tolerant Gradient Descent", section 5; the
 * bound of m is Damaskinos et al. 2019, "AggregaThor: Byzantine Machine Learning via Robust Gradient Aggregation".
 */
export const multiKrum = defineStrategy({
  kind: "multi-krum",
  about: "The mean of the updates that are nearest to most others (Blanchard et al. 2017)",
  settings: {
    byzantine,
    select: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe("Updates that are averaged, m; without it n - f - 2, of n that came"),
  },
  example: { byzantine: 1, select: 3 },
  memory: "window",
  most: MOST_COMPARED,
  least,
  open: (settings, round) =>
    ofChosen(round, { kind: "multi-krum", least: least(settings) }, (distances) => {
      const { byzantine, select = distances.count - byzantine - 2 } = settings;
      return bestOf(distances, places(distances.count), { byzantine, select });
    }),
});
