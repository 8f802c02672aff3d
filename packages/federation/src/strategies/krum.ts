import { MOST_COMPARED } from "../aggregation/pair-distances.js";
import { defineStrategy } from "./define.js";
import { bestOf, places } from "./krum-choice.js";
import { ofChosen } from "./of-chosen.js";
import { byzantine } from "./settings.js";

const least = ({ byzantine }: { readonly byzantine: number }) => 2 * byzantine + 3;

/**
 * The one update that is nearest to its n − f − 2 nearest others, as it is. Needs n ≥ 2f + 3.
 * Source: Blanchard et al. 2017, "Machine Learning with Adversaries: Byzantine Tolerant Gradient Descent", section 4.
 */
export const krum = defineStrategy({
  kind: "krum",
  about: "The update that is nearest to most others (Blanchard et al. 2017)",
  settings: { byzantine },
  example: {},
  memory: "window",
  most: MOST_COMPARED,
  least,
  open: (settings, round) =>
    ofChosen(round, { kind: "krum", least: least(settings) }, (distances) =>
      bestOf(distances, places(distances.count), { ...settings, select: 1 }),
    ),
});
