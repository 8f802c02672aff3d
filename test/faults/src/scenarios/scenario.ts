import type { JobSpecInput } from "@tributary/federation";
import type { Federation, Outcome } from "../federation/federation.js";
import type { Traffic } from "../network/proxy.js";

export const groups = [
  "coordinator",
  "moment",
  "worker",
  "network",
  "clock",
  "stragglers",
  "disk",
  "power loss",
  "strategy",
  "codec",
  "selection",
] as const;

export type Group = (typeof groups)[number];

/** What came of a scenario. */
export interface Result {
  readonly group: Group;
  readonly name: string;
  readonly seed: number;
  /**
   * Whether the model is that of the undisturbed run, byte for byte; of an asynchronous job whether each model is what its journal gives.
   * Undefined where there is none to compare.
   */
  readonly sameDigest: boolean | undefined;
  /** How much longer the job took than the undisturbed one. */
  readonly secondsLost: number;
  /** Processes that were killed. */
  readonly kills: number;
  /** Bytes over the network in both directions, as a multiple of the undisturbed run's; undefined where nobody counted. */
  readonly bytesRatio: number | undefined;
  /** What did not hold, in sentences; none: all did. */
  readonly wrong: readonly string[];
}

/** A job's run, and what went over the network meanwhile. */
export interface Run extends Outcome {
  readonly traffic: Traffic;
  /** How often a worker trained, of all: once for each update, unless one had to begin again. */
  readonly trainings: number;
}

/**
 * One line of the table: what is done to a federation while it runs a job. What must hold in every line: the job completes by itself, its
 * model has the digest of the undisturbed run with the same seed (that of an asynchronous job: the digest that its journal gives), each round counts each worker of its cohort once, and every fault that was
 * planned did happen.
 */
export interface Scenario {
  readonly group: Group;
  readonly name: string;
  /** Whether the reduced form, in `npm test`, has it. */
  readonly short?: boolean;
  /** Changes to the small job. */
  readonly job?: Partial<JobSpecInput>;
  /** What ends the job, and in which round. Absent: its last one. */
  readonly end?: { readonly rounds: number; readonly reason: string };
  /** Faults in the queue of each process, by its name. */
  readonly faults?: Readonly<Record<string, readonly string[]>>;
  /** What else is done: begun together with the job, called off when it is over. */
  readonly disturb?: (federation: Federation, over: AbortSignal) => Promise<void> | void;
  /** What must hold besides. @returns sentences about what does not */
  readonly holds?: (disturbed: Run, undisturbed: Run) => readonly string[];
}
