import { checkJobSpec, strategies, strategyOf, unmetDemands, wrappers } from "@tributary/federation";
import type { Scenario } from "./scenario.js";

/** Settings with which a rule works for the three workers of the small job, where those of its example ask for more. */
const forThree: Readonly<Record<string, object>> = {
  krum: { byzantine: 0 },
  "multi-krum": { byzantine: 0, select: 1 },
  bulyan: { byzantine: 0 },
  "trimmed-mean": { trim: 1 },
  fedper: { localParameters: ["3.*"] },
  fedbn: { localParameters: ["1.*"] },
};

/** What the reduced form has: one that keeps vectors, one whose workers do, one that needs all updates. */
const short: readonly string[] = ["fedadam", "feddyn", "krum"];

/** Each strategy goes on with what it kept when the coordinator dies while it aggregates, and a worker after it trained. */
export const strategyKills: readonly Scenario[] = [...strategies, ...wrappers].flatMap(
  ({ kind, example }): Scenario[] => {
    const spec = { model: "lenet5", dataset: "mnist", strategy: { kind, ...example, ...forThree[kind] } };
    const { strategy } = checkJobSpec(spec);
    // A coordinator refuses what would be carried out in part.
    if (unmetDemands(strategyOf({ strategy })).length > 0) return [];
    return [
      {
        group: "strategy",
        name: kind,
        job: { strategy },
        faults: { coordinator: ["kill@aggregating#6"], bela: ["kill@trained#3"] },
        short: short.includes(kind),
      },
    ];
  },
);
