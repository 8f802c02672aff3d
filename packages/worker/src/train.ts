import { keepsVectors } from "@tributary/federation";
import { digestOf, hex, reached } from "@tributary/protocol";
import { deliverUpdate } from "./deliver-update.js";
import type { Course, Deliver, RoundContext } from "./round-context.js";
import { partOfRound } from "./training/part-of-round.js";
import { countedIn, learningRateOf, ownObjective, stepsOf, trainingOptions } from "./training/settings.js";
import type { FinishedUpdate } from "./uploads.js";
import { splitOf } from "./validate.js";
import type { Objective, TrainingWork } from "./work.js";

/** What training begins with, encoded. */
interface Downloaded {
  readonly model: Uint8Array;
  /** The vectors that came along; undefined: none did. */
  readonly sent: Uint8Array | undefined;
  readonly downloadMs: number;
}

/** Trains on the shard, and keeps what came of it before anything is sent. @returns what sends it */
export async function train(
  work: TrainingWork,
  { model, sent, downloadMs }: Downloaded,
  course: Course,
  context: RoundContext,
): Promise<Deliver> {
  const { progress, stages, signal } = course;
  const { thread, kept, vectors, worker, samples, metrics, log } = context;
  const began = performance.now();
  const counted = countedIn(work);
  const own = keepsVectors(work) ? await vectors.since(work.job, counted) : undefined;
  const part = partOfRound(work, worker, { model, sent, own });
  const { graph, seed, objective } = work;
  const split = splitOf(work, { worker, samples });
  const request = {
    ...{ graph, seed, objective, ...stepsOf(work.settings, work.round) },
    streamName: [work.round, worker],
    samples: split?.training,
  };
  const options = trainingOptions(progress, work.round, signal);
  const { model: start, correction } = part;
  const { trained, personal } = await stages.run("train", async () => ({
    trained: work.idle ? untrained(model) : await thread.train({ ...request, model: start, correction }, options),
    personal:
      work.idle || part.personal === undefined || objective.personal === undefined
        ? undefined
        : await thread.train({ ...personalRequest(request, objective.personal), ...part.personal }, options),
  }));
  const trainMs = Math.round(performance.now() - began);
  const { loss, accuracy, batches, samplesSeen } = trained;
  metrics.batches.inc(batches);
  metrics.samples.inc(samplesSeen);
  metrics.samplesPerSecond.set(samplesSeen / Math.max(0.001, trainMs / 1000));
  if (!work.idle) metrics.scored("training", work.job, trained);
  const { bytes, kept: toKeep } = await stages.run("encode", async () =>
    part.end(trained, learningRateOf(work.settings, work.round), personal),
  );
  // Before the update: one that is kept is sent without training again.
  if (toKeep.length > 0) await vectors.keep(work.job, work, counted, toKeep);
  const update: FinishedUpdate = {
    ref: { digest: hex(digestOf(bytes)), size: bytes.byteLength },
    bytes,
    codec: work.codec ?? "",
    samples: split?.training.length ?? samples,
    metrics: { loss, accuracy, batches, samplesSeen, downloadMs, trainMs },
  };
  const { job, round, attempt } = work;
  log.info({ job, round, attempt, ms: trainMs, digest: update.ref.digest }, "trained");
  reached("computed", { round });
  await kept.keep(work, update);
  reached("trained", { round });
  return () => deliverUpdate(work, update, course, context);
}

/** The training of the worker's own model: as that of the global one, but drawn towards it, and with streams of its own. */
const personalRequest = <
  Request extends { readonly streamName: readonly (string | number)[]; readonly objective: Objective },
>(
  request: Request,
  { lambda, epochs }: NonNullable<Objective["personal"]>,
) => ({
  ...request,
  ...{ epochs, maxBatches: 0, streamName: [...request.streamName, "personal"] },
  objective: ownObjective(request.objective, lambda),
});

/** For measuring the machinery: the model as it came. */
const untrained = (update: Uint8Array) => ({ update, loss: 0, accuracy: 0, batches: 0, samplesSeen: 0 });
