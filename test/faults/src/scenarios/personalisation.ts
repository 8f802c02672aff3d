import { isDeepStrictEqual } from "node:util";
import type { Run, Scenario } from "./scenario.js";

/** What each worker said of the global model and of its own one. */
const told = ({ rounds }: Run) => rounds.at(-1)?.personalisation;

const sameScores = (disturbed: Run, undisturbed: Run): string[] => {
  if (told(undisturbed)?.workers.length !== 3) return ["undisturbed: not every worker told its scores"];
  return isDeepStrictEqual(told(disturbed), told(undisturbed)) ? [] : ["the workers' scores are others"];
};

/** Of the coordinator's events the last three are the workers' scores; a worker's batches beyond the twelfth make its own model. */
export const personalisationKills: readonly Scenario[] = [
  {
    group: "strategy",
    name: "personalisation",
    job: { evaluation: { every: 0, workers: {} }, personalisation: {} },
    faults: {
      coordinator: ["kill@before-journal#22", "kill@between-journal-and-effects#1"],
      bela: ["kill@training#14"],
    },
    holds: sameScores,
    short: true,
  },
];
