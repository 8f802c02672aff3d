import type { RoundView } from "@tributary/federation";

/**
 * What is wrong with the rounds of a job that ended, out of what its journal left: every round is finished once, in order, and counts each
 * worker of its cohort exactly once, with all of its samples.
 *
 * @param samples of each worker
 * @returns sentences; none: all is as it should be
 */
export function audit(
  rounds: readonly RoundView[],
  count: number,
  samples: Readonly<Record<string, number>>,
): string[] {
  const finished = rounds.filter(({ status }) => status === "finished");
  const wrong: string[] = [];
  const numbers = finished.map(({ number }) => number);
  if (numbers.join() !== Array.from({ length: count }, (_, index) => index + 1).join())
    wrong.push(`the finished rounds are ${numbers.join(", ")}, of ${count}`);
  for (const { number, cohort, updates, timings } of finished) {
    const workers = updates.map(({ worker }) => worker).sort();
    if (workers.join() !== [...cohort].sort().join())
      wrong.push(`round ${number} counted ${workers.join(", ")} of the cohort ${cohort.join(", ")}`);
    for (const { worker, samples: counted } of updates)
      if (counted !== samples[worker]) wrong.push(`round ${number} counted ${counted} samples of ${worker}`);
    for (const [name, ms] of Object.entries(timings))
      if (ms !== null && ms < 0) wrong.push(`round ${number}: ${name} is ${ms}`);
  }
  return wrong;
}
