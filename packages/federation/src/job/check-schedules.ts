import { didYouMean } from "@tributary/protocol";
import type { z } from "zod";
import { type StrategySpec, strategyOf } from "../strategies/strategies.js";
import type { JobSpec } from "./job-spec.js";
import type { RoundSchedule, Schedules } from "./schedule-spec.js";
import { scheduledNumbers } from "./scheduled-numbers.js";
import { numberIn, specAt } from "./spec-at.js";

/** What is wrong with a schedule. */
interface ScheduleProblem {
  /** The number that it is for. Absent: it is of several together. */
  readonly name?: string;
  readonly message: string;
}

/**
 * What is wrong with the schedules of a JobSpec that is right without them: a JobSpec must be right as it is in each of its rounds.
 *
 * @param schema of a JobSpec
 */
export function scheduleProblems(spec: JobSpec, schema: z.ZodType): ScheduleProblem[] {
  const { schedules = {} } = spec;
  const numbers = scheduledNumbers(spec);
  const problems = Object.keys(schedules).flatMap((name): ScheduleProblem[] => {
    if (name === "training.learningRate")
      return [{ name, message: "the learning rate has a schedule of its own: training.schedule" }];
    if (!numbers.has(name))
      return [{ name, message: `no number that can follow a schedule; ${didYouMean(name, [...numbers.keys()])}` }];
    return numberIn(spec, name) === undefined ? [{ name, message: `needs ${name}: the schedule begins with it` }] : [];
  });
  if (problems.length > 0) return problems;
  const wrong = wrongRounds(spec, schedules, schema);
  // What has a wrong setting is not made.
  return wrong.length > 0 ? wrong : changesOfStrategy(spec, schedules);
}

/** Numbers of the strategy that it can't do without one value for all rounds. */
function changesOfStrategy(spec: JobSpec, schedules: Schedules): ScheduleProblem[] {
  return Object.entries(schedules).flatMap(([name, schedule]) =>
    turningRounds(schedule, spec.rounds).every(
      (round) => lasting(specAt({ ...spec, schedules: { [name]: schedule } }, round)) === lasting(spec),
    )
      ? []
      : [
          {
            name,
            message: "must be the same in all rounds: what is kept, or how many updates are needed, follows from it",
          },
        ],
  );
}

/** What of a strategy lasts as long as the job, to be compared: what it keeps and begins with, and what it waits for. */
function lasting(spec: { readonly strategy: StrategySpec }): string {
  const { initial, least, asynchronous, objective } = strategyOf(spec);
  const { sends, keeps, returns, localParameters, personal, afterTraining } = objective;
  const atWorkers = { sends, keeps, returns, localParameters };
  return JSON.stringify([initial, least, asynchronous, atWorkers, personal !== undefined, afterTraining?.rule]);
}

/** The first round that is wrong. */
function wrongRounds(spec: JobSpec, schedules: Schedules, schema: z.ZodType): ScheduleProblem[] {
  for (const round of roundsThatDiffer(spec, schedules)) {
    const at = specAt(spec, round);
    // A graph may be large, and is the same in every round.
    const { error } = schema.safeParse({ ...at, model: "any" });
    const [issue] = error?.issues ?? [];
    if (issue !== undefined) return [wrongIn(round, at, issue, schedules)];
  }
  return [];
}

function wrongIn(
  round: number,
  at: JobSpec,
  { path, message }: z.core.$ZodIssue,
  schedules: Schedules,
): ScheduleProblem {
  const name = path.join(".");
  return Object.hasOwn(schedules, name)
    ? { name, message: `comes to ${numberIn(at, name)} in round ${round}: ${message}` }
    : { message: `round ${round}: ${name}: ${message}` };
}

/** The rounds in which any schedule turns, in their order. What is right in these is right in all. */
export function roundsThatDiffer({ rounds }: { readonly rounds: number }, schedules: Schedules): number[] {
  const turning = new Set(Object.values(schedules).flatMap((schedule) => turningRounds(schedule, rounds)));
  return [...turning].sort((a, b) => a - b);
}

/**
 * The rounds in which a schedule turns, the first and the last one: it takes its largest and its least value in one of these, as
 * it rises or falls between them.
 */
export function turningRounds(schedule: RoundSchedule, rounds: number): number[] {
  return [1, ...turns(schedule), rounds].filter((round) => round <= rounds);
}

function turns(schedule: RoundSchedule): number[] {
  switch (schedule.name) {
    case "constant":
    case "step":
    case "exponential":
      return [];
    case "cosine":
      return [1 + schedule.tMax];
    case "linear-warm-up": {
      const { totalIters = 5, next = { name: "constant" } } = schedule;
      return [1, ...turns(next)].map((round) => round + totalIters);
    }
    case "piecewise":
      return schedule.steps.map(({ from }) => from);
    default:
      return schedule satisfies never;
  }
}
