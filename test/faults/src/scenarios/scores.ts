import { isDeepStrictEqual } from "node:util";
import type { JobSpecInput, RoundView } from "@tributary/federation";
import { Federation, type Outcome } from "../federation/federation.js";
import { smallJob, writeHeldOut, writeShards } from "../federation/small-job.js";
import type { OwnScenario } from "./own-scenario.js";

const LIMIT_MS = 240_000;
const FAULTS = ["kill@aggregating#5", "kill@aggregating"];

/** Scores alone say when it is enough: any score that is no better than the best counts. */
const jobOf = (seed: number): JobSpecInput => ({
  ...{ ...smallJob(seed), rounds: 60 },
  cohort: { size: 2, minimum: 3, deadlineSeconds: 120 },
  evaluation: { every: 1, workers: {} },
  stop: { patience: { metric: "accuracy", rounds: 2, minimumDelta: 0 } },
});

/** The coordinator dies with the round's updates, and has the model before anybody is back to score it. */
export const deathBeforeScores: OwnScenario = {
  group: "selection",
  name: "patience: scores of an evaluator and of workers of whom not all train",
  async run(folder, seed) {
    const shards = await writeShards(folder);
    await using federation = await Federation.start({
      ...{ folder, shards },
      evaluators: { eva: await writeHeldOut(folder) },
    });
    federation.arm("coordinator", FAULTS);
    const disturbed = await federation.run(jobOf(seed), LIMIT_MS);
    const wrong = [
      ...wrongWith(disturbed, Object.keys(shards)),
      ...federation.waitingFaults.map((fault) => `${fault} did not happen`),
    ];
    federation.arm("coordinator", []);
    await federation.settled();
    const undisturbed = await federation.run(jobOf(seed), LIMIT_MS);
    wrong.push(...wrongWith(undisturbed, Object.keys(shards)).map((sentence) => `undisturbed: ${sentence}`));
    if (!isDeepStrictEqual(disturbed.rounds.map(scoresOf), undisturbed.rounds.map(scoresOf)))
      wrong.push("the scores are others than those of the undisturbed run");
    const sameDigest = disturbed.job.model !== null && disturbed.job.model.digest === undisturbed.job.model?.digest;
    if (!sameDigest) wrong.push("the model is another one than that of the undisturbed run");
    return {
      ...{ sameDigest, wrong, bytesRatio: undefined },
      secondsLost: disturbed.seconds - undisturbed.seconds,
      kills: federation.kills,
    };
  },
};

const scorersOf = ({ validation }: RoundView): string[] =>
  (validation?.workers ?? []).map(({ worker }) => worker).sort();

/** What was told of a round's model, and by whom. */
const scoresOf = ({ number, evaluation, validation }: RoundView) => ({
  ...{ number, evaluator: evaluation?.evaluator },
  ...{ accuracy: evaluation?.accuracy, loss: evaluation?.loss, workers: validation?.workers },
});

function wrongWith({ job, rounds }: Outcome, workers: readonly string[]): string[] {
  if (job.status !== "completed" || job.reason !== "patience")
    return [`the job ${job.status}: ${job.reason ?? "no reason given"}`];
  return rounds.flatMap((round) => {
    const scorers = scorersOf(round);
    return round.evaluation?.evaluator === "eva" && scorers.join() === [...workers].sort().join()
      ? []
      : [`round ${round.number} was scored by ${[round.evaluation?.evaluator, ...scorers].join(", ")}`];
  });
}
