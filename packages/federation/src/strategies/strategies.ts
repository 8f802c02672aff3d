import type { JobSpec } from "../job/job-spec.js";
import { fedAvg } from "./fedavg.js";
import type { Strategy } from "./strategy.js";

/** Every strategy, by its kind. */
const strategies: Readonly<Record<JobSpec["strategy"]["kind"], Strategy>> = { fedavg: fedAvg };

/** The strategy that a job asks for. */
export const strategyOf = ({ strategy }: JobSpec): Strategy => strategies[strategy.kind];
