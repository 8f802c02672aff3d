import type { Step } from "../store/records.js";

/** A phase that is over. */
export interface PhaseTime {
  readonly phase: string;
  readonly seconds: number;
}

/** Times the phases of jobs by the steps of their round machines. A phase that a restart cut in two is timed from the restart on. */
export class PhaseClock {
  readonly #open = new Map<string, { readonly name: string; readonly phase: string; readonly since: Date }>();

  /** @returns the phase that this step ended, if it ended one */
  take({ job, at, progress: { phase, round } }: Pick<Step, "job" | "at" | "progress">): PhaseTime | undefined {
    const before = this.#open.get(job);
    const name = `${round}/${phase}`;
    if (before?.name === name) return undefined;
    if (phase === null) this.#open.delete(job);
    else this.#open.set(job, { name, phase, since: at });
    // A clock that was set back shows as 0, never as a negative time.
    return before && { phase: before.phase, seconds: Math.max(0, at.getTime() - before.since.getTime()) / 1000 };
  }
}
