import {
  keepsVectors,
  personalModelAt,
  tooFewSamples,
  type ValidationSplit,
  validationSplit,
  withLayers,
} from "@tributary/federation";
import { decodeParameters, encodeParameters, type v1 } from "@tributary/protocol";
import type { Score } from "./observability/metrics.js";
import type { Course, RoundContext } from "./round-context.js";
import { countedIn, ownObjective, stepsOf, trainingOptions } from "./training/settings.js";
import type { TrainingWork, ValidatingWork } from "./work.js";

type ValidationContext = Pick<RoundContext, "thread" | "vectors" | "personal" | "worker" | "samples" | "metrics">;
type Holder = Pick<ValidationContext, "worker" | "samples">;

/** What the worker trains on and what it holds back, by the job's rule; undefined: the job has none, and all is trained on. */
export const splitOf = (
  { holdout, seed }: Pick<TrainingWork, "holdout" | "seed">,
  { worker, samples }: Holder,
): ValidationSplit | undefined => holdout && validationSplit(holdout, { seed, worker, samples });

/**
 * Scores the global model on what the worker holds back. At the end of a job that asks for it, it makes its own model first, keeps it,
 * and scores that one, too: nothing else of it leaves this machine.
 *
 * @throws TributaryError `too_few_samples` when the worker can't hold back what the job asks, and what training and the disk throw
 */
export async function validate(
  work: ValidatingWork,
  global: Uint8Array,
  { progress, stages, signal }: Course,
  context: ValidationContext,
): Promise<v1.Validation.$Properties> {
  const { thread, worker, samples } = context;
  const { training, validation } = validationSplit(work.holdout, { seed: work.seed, worker, samples });
  if (validation.length === 0) throw tooFewSamples(work.holdout, samples);
  const score = async (model: Uint8Array): Promise<Score> => {
    const { loss, accuracy } = await stages.run("evaluate", () =>
      thread.evaluate(
        { graph: work.graph, model, loss: work.loss, batchSize: work.batchSize, samples: validation },
        { signal, onProgress: ({ done, total, loss }) => progress.tell("evaluate", done, total, loss) },
      ),
    );
    return { loss, accuracy };
  };
  const { job, round, attempt } = work;
  const ofGlobal = await score(global);
  context.metrics.scored("evaluation", job, ofGlobal);
  const told = { job, round, attempt, samples: validation.length, score: ofGlobal };
  const { personalising } = work;
  if (personalising === undefined) return told;
  const own = await stages.run("personalise", () =>
    personalise(work, personalising, { global, training }, { progress, signal }, context),
  );
  const personal = await score(own);
  await context.personal.keep({ job, round, worker, graph: work.graph }, own);
  return { ...told, personal };
}

async function personalise(
  { job, seed, round, graph }: ValidatingWork,
  personalising: NonNullable<ValidatingWork["personalising"]>,
  { global, training }: { readonly global: Uint8Array; readonly training: Int32Array },
  { progress, signal }: Pick<Course, "progress" | "signal">,
  { thread, vectors, worker }: ValidationContext,
): Promise<Uint8Array> {
  const { settings, layers, objective } = personalising;
  const work = { graph, objective };
  const kept = keepsVectors(work) ? await vectors.since(job, countedIn(personalising)) : undefined;
  const start =
    kept === undefined
      ? global
      : encodeParameters(personalModelAt(work, { global: decodeParameters(global), own: kept }));
  if (settings.epochs === 0) return start;
  const { update } = await thread.train(
    {
      ...{ model: start, samples: training, seed, ...stepsOf(settings, round) },
      graph: withLayers(graph, layers.length > 0 ? layers : undefined),
      streamName: [round, worker, "personalisation"],
      objective: ownObjective(objective),
    },
    trainingOptions(progress, round, signal),
  );
  return update;
}
