import { replay } from "@tributary/coordinator/testing";

/**
 * What is wrong with the models of an asynchronous job, out of its journal: each must be, byte for byte, what the updates give that the journal
 * names for it, in whatever order they are folded.
 *
 * @param dataDir of a coordinator that keeps updates, and does not run
 * @returns sentences; none: all is as it should be
 */
export async function auditJournal(dataDir: string, job: string, count: number): Promise<string[]> {
  const { phase, versions } = await replay(dataDir, job);
  const wrong = versions.flatMap(({ round, made, committed }) =>
    made === committed ? [] : [`the journal gives another model ${round} than the one that was committed`],
  );
  if (phase.kind !== "ended") wrong.push(`the journal ends in the phase ${phase.kind}`);
  if (versions.length !== count) wrong.push(`the journal has ${versions.length} models of ${count}`);
  return wrong;
}
