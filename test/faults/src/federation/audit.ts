import type { RoundView } from "@tributary/federation";

/**
 * What is wrong with the rounds of a job that ended, out of what its journal left: every round is finished once, in order, and counts each
 * worker of its cohort exactly once, with all samples that it trains on.
 *
 * @param samples of each worker
 * @returns sentences; none: all is as it should be
 */
export function audit(
  rounds: readonly RoundView[],
  count: number,
  samples: Readonly<Record<string, number>>,
): string[] {
  return auditEach(rounds, count, samples, ({ number, cohort, updates }) => {
    const workers = updates.map(({ worker }) => worker).sort();
    return workers.join() === [...cohort].sort().join()
      ? []
      : [`round ${number} counted ${workers.join(", ")} of the cohort ${cohort.join(", ")}`];
  });
}

/**
 * The same of an asynchronous job: every version is made of so many updates as the buffer has places, and no update counts twice.
 *
 * @param bufferSize updates that make a version
 */
export function auditVersions(
  rounds: readonly RoundView[],
  count: number,
  samples: Readonly<Record<string, number>>,
  bufferSize: number,
): string[] {
  const counted = new Set<string>();
  return auditEach(rounds, count, samples, ({ number, updates }) => {
    const twice = updates.filter(({ digest }) => counted.has(digest) || counted.add(digest).size === 0);
    return [
      ...(updates.length === bufferSize ? [] : [`round ${number} counted ${updates.length} updates of ${bufferSize}`]),
      ...twice.map(({ worker }) => `round ${number} counted an update of ${worker} again`),
    ];
  });
}

function auditEach(
  rounds: readonly RoundView[],
  count: number,
  samples: Readonly<Record<string, number>>,
  look: (round: RoundView) => readonly string[],
): string[] {
  const finished = rounds.filter(({ status }) => status === "finished");
  const wrong: string[] = [];
  const numbers = finished.map(({ number }) => number);
  if (numbers.join() !== Array.from({ length: count }, (_, index) => index + 1).join())
    wrong.push(`the finished rounds are ${numbers.join(", ")}, of ${count}`);
  for (const round of finished) {
    const { number, updates, timings } = round;
    wrong.push(...look(round));
    for (const { worker, samples: counted } of updates)
      if (counted !== samples[worker]) wrong.push(`round ${number} counted ${counted} samples of ${worker}`);
    for (const [name, ms] of Object.entries(timings))
      if (ms !== null && ms < 0) wrong.push(`round ${number}: ${name} is ${ms}`);
  }
  return wrong;
}
