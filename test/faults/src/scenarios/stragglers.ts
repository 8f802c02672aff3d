import type { JobSpecInput, RoundView } from "@tributary/federation";
import { stream } from "@tributary/protocol";
import { Federation, type Outcome } from "../federation/federation.js";
import { smallJob, writeShards } from "../federation/small-job.js";
import type { OwnScenario } from "./own-scenario.js";

const WORKERS = 10;
const VANISHING = 3;
const DEADLINE_SECONDS = 20;
const ROUNDS = 12;
/** How much longer the job may take than without stragglers. */
const MOST_LONGER = 0.1;
const LIMIT_MS = 300_000;

/** Seven updates make a round, and ten workers are asked for them. */
const spec = (seed: number): JobSpecInput => ({
  ...smallJob(seed),
  name: "stragglers",
  rounds: ROUNDS,
  cohort: { size: 7, overSelection: 1.3, minimum: WORKERS, quorum: 7, deadlineSeconds: DEADLINE_SECONDS },
});

/** Ten workers, of which others vanish in each round: they are stopped as it begins, and go on when it is over. */
export const stragglers: OwnScenario = {
  group: "stragglers",
  name: `${VANISHING} of ${WORKERS} vanish in each of ${ROUNDS} rounds, over-selection 1.3`,
  async run(folder, seed) {
    const shard = (await writeShards(folder)).ada ?? "";
    const names = Array.from({ length: WORKERS }, (_, index) => `worker-${index}`);
    await using federation = await Federation.start({
      folder,
      shards: Object.fromEntries(names.map((name) => [name, shard])),
    });
    const undisturbed = await federation.run(spec(seed), LIMIT_MS);
    await federation.settled();
    const over = new AbortController();
    const vanishing = vanish(federation, names, seed, over.signal);
    const disturbed = await federation.run(spec(seed), LIMIT_MS).finally(() => over.abort());
    const vanished = await vanishing;
    const secondsLost = disturbed.seconds - undisturbed.seconds;
    const wrong = [...wrongWith(undisturbed), ...wrongWith(disturbed)];
    if (vanished < ROUNDS * VANISHING) wrong.push(`only ${vanished} times a worker vanished`);
    if (secondsLost > MOST_LONGER * undisturbed.seconds)
      wrong.push(`it took ${disturbed.seconds.toFixed(1)} s, without stragglers ${undisturbed.seconds.toFixed(1)} s`);
    // Which updates are the first seven depends on time, so that the bytes may be others.
    return { sameDigest: undefined, secondsLost, kills: 0, bytesRatio: undefined, wrong };
  },
};

/** @returns how often a worker was stopped */
async function vanish(
  federation: Federation,
  names: readonly string[],
  seed: number,
  over: AbortSignal,
): Promise<number> {
  let gone: readonly string[] = [];
  let count = 0;
  const goOn = () => {
    for (const name of gone) federation.workers.get(name)?.signal("SIGCONT");
  };
  const job = await federation.begun("stragglers", over);
  try {
    for await (const notice of federation.client.watch(job, { signal: over })) {
      if (notice.type !== "round") continue;
      if (notice.data.status === "finished") goOn();
      if (notice.data.status !== "training" || notice.data.updates.length > 0) continue;
      gone = stream(seed, "vanish", notice.data.number)
        .shuffle([...names])
        .slice(0, VANISHING);
      for (const name of gone) federation.workers.get(name)?.signal("SIGSTOP");
      count += gone.length;
    }
  } catch (error) {
    if (!over.aborted) throw error;
  } finally {
    goOn();
  }
  return count;
}

/** Every round is finished at its first attempt, before its deadline, with seven updates of seven workers that were asked. */
function wrongWith({ job, rounds }: Outcome): string[] {
  if (job.status !== "completed") return [`the job ${job.status}: ${job.reason ?? "no reason given"}`];
  if (rounds.length !== ROUNDS) return [`there were ${rounds.length} attempts at ${ROUNDS} rounds`];
  return rounds.flatMap((round) => wrongRound(round).map((sentence) => `round ${round.number} ${sentence}`));
}

function wrongRound({ status, cohort, updates, timings }: RoundView): string[] {
  const wrong: string[] = [];
  if (status !== "finished") wrong.push(`is ${status}`);
  if (cohort.length !== WORKERS) wrong.push(`asked ${cohort.length} workers`);
  const workers = new Set(updates.map(({ worker }) => worker));
  if (updates.length !== 7 || workers.size !== 7)
    wrong.push(`counted ${updates.length} updates of ${workers.size} workers`);
  if ((timings.totalMs ?? Number.POSITIVE_INFINITY) > DEADLINE_SECONDS * 1_000) wrong.push("ended after its deadline");
  return wrong;
}
