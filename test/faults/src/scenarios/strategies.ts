import { checkJobSpec, strategies, wrappers } from "@tributary/federation";
import type { Scenario } from "./scenario.js";

/** Settings with which a rule works for the three workers of the small job, where those of its example ask for more. */
const forThree: Readonly<Record<string, object>> = {
  krum: { byzantine: 0 },
  "multi-krum": { byzantine: 0, select: 2 },
  bulyan: { byzantine: 0 },
  "trimmed-mean": { trim: 1 },
};

/** What the reduced form has: one that keeps nothing, one that keeps vectors, one that needs all updates. */
const short: readonly string[] = ["fednova", "fedadam", "krum"];

/** Each strategy goes on with what it kept when the coordinator dies while it aggregates, and a worker after it trained. */
export const strategyKills: readonly Scenario[] = [...strategies, ...wrappers].map(({ kind, example }): Scenario => {
  const { strategy } = checkJobSpec({
    model: "lenet5",
    dataset: "mnist",
    strategy: { kind, ...example, ...forThree[kind] },
  });
  return {
    group: "strategy",
    name: kind,
    job: { strategy },
    faults: { coordinator: ["kill@aggregating#6"], bela: ["kill@trained#3"] },
    short: short.includes(kind),
  };
});
