import { strategiesForThree } from "../../../faults/dist/scenarios/strategies-for-three.js";
import { type SimulatedJob, smallest } from "./simulated-job.js";

/** One at a time: the order of updates is that of the draws, which is the same. */
const oneAtATime = { rounds: 5, cohort: { size: 1, minimum: 3 } } as const;

/** Every strategy and wrapper; a new one is compared without being named. */
export const strategyJobs: Readonly<Record<string, SimulatedJob>> = Object.fromEntries(
  strategiesForThree.map(({ kind, strategy, isAsynchronous }) => [
    `strategy ${kind}`,
    { change: { ...smallest, ...(isAsynchronous && oneAtATime), strategy } },
  ]),
);
