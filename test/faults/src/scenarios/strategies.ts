import { checkJobSpec, strategies, strategyOf, wrappers } from "@tributary/federation";
import type { Scenario } from "./scenario.js";

/** Settings with which a rule works for the three workers of the small job, where those of its example ask for more. */
const forThree: Readonly<Record<string, object>> = {
  krum: { byzantine: 0 },
  "multi-krum": { byzantine: 0, select: 1 },
  bulyan: { byzantine: 0 },
  "trimmed-mean": { trim: 1 },
  fedper: { localParameters: ["3.*"] },
  fedbn: { localParameters: ["1.*"] },
  fedbuff: { bufferSize: 2 },
};

/** What the reduced form has: one that keeps vectors, one whose workers do, one that needs all updates, one that is asynchronous. */
const short: readonly string[] = ["fedadam", "feddyn", "krum", "fedbuff"];

/** Each strategy goes on with what it kept when the coordinator dies while it aggregates, and a worker after it trained. */
export const strategyKills: readonly Scenario[] = [...strategies, ...wrappers].flatMap(
  ({ kind, example }): Scenario[] => {
    const spec = { model: "lenet5", dataset: "mnist", strategy: { kind, ...example, ...forThree[kind] } };
    const { strategy } = checkJobSpec(spec);
    // Fewer updates make a version of an asynchronous job, and nobody waits for the third.
    const asynchronous = strategyOf({ strategy }).asynchronous && { rounds: 12, cohort: { minimum: 3 } };
    return [
      {
        group: "strategy",
        name: kind,
        job: { strategy, ...asynchronous },
        faults: { coordinator: ["kill@aggregating#6"], bela: ["kill@trained#3"] },
        short: short.includes(kind),
      },
    ];
  },
);
