import type { JobSpec, JobSpecInput } from "../job/job-spec.js";
import { checkJobSpec } from "../job/parse-job-spec.js";
import type { JobEvent, TimerId } from "../round/events.js";
import { transition } from "../round/machine.js";
import { initialState, type JobState } from "../round/state.js";
import { committed, started } from "./scenario.js";

/** A job and what happened to it. */
export interface Run {
  readonly job: JobSpec;
  readonly journal: readonly JobEvent[];
}

/** A job with these settings. Workers make models of their own only where they score. */
export const jobOf = ({ personalisation, ...settings }: Partial<JobSpecInput>): JobSpec =>
  checkJobSpec({
    ...{ model: "lenet5", dataset: "mnist", ...settings },
    ...(settings.evaluation?.workers && { personalisation }),
  });

/** A journal of events as they come: by chance, or, for a number, one of those that fit what the job waits for. */
export function runOf(
  job: JobSpec,
  moves: readonly (JobEvent | number)[],
  fitting: (state: JobState) => readonly JobEvent[],
): Run {
  let state = initialState(job);
  const journal = moves.map((move) => {
    const fits = fitting(state);
    const next = typeof move === "number" ? (fits[move % fits.length] ?? started) : move;
    state = transition(state, next).state;
    return next;
  });
  return { job, journal };
}

/** The state after these events. */
export const replayed = (state: JobState, events: readonly JobEvent[]): JobState =>
  events.reduce((last, next) => transition(last, next).state, state);

/** The states after each event of a run. */
export function statesIn({ job, journal }: Run): JobState[] {
  let state = initialState(job);
  return journal.map((next) => {
    state = transition(state, next).state;
    return state;
  });
}

/** Lets timers pass, and aggregations end, and nobody answer. @returns whether the job ended or is paused after at most so many steps */
export function standsInTime(
  shell: {
    readonly state: JobState;
    readonly timers: ReadonlyMap<string, TimerId>;
    take(event: JobEvent): void;
  },
  most: number,
): boolean {
  const stands = () => shell.state.phase.kind === "ended" || shell.state.phase.kind === "paused";
  for (let step = 0; step <= most && !stands(); step++) {
    const [timer] = shell.timers.values();
    if (timer !== undefined) shell.take({ type: "DeadlinePassed", timer });
    else if (shell.state.phase.kind === "aggregating") shell.take(committed(shell.state.phase.round));
  }
  return stands();
}
