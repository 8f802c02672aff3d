import type { Scenario } from "./scenario.js";
import { strategiesForThree } from "./strategies-for-three.js";

/** What the reduced form has: one that keeps vectors, one whose workers do, one that needs all updates, one that is asynchronous. */
const short: readonly string[] = ["fedadam", "feddyn", "krum", "fedbuff"];

/** Each strategy goes on with what it kept when the coordinator dies while it aggregates, and a worker after it trained. */
export const strategyKills: readonly Scenario[] = strategiesForThree.map(({ kind, strategy, isAsynchronous }) => ({
  group: "strategy",
  name: kind,
  job: {
    strategy,
    // Fewer updates make a version of an asynchronous job, and nobody waits for the third.
    ...(isAsynchronous && { rounds: 12, cohort: { minimum: 3 } }),
  },
  faults: { coordinator: ["kill@aggregating#6"], bela: ["kill@trained#3"] },
  short: short.includes(kind),
}));
