import type { Graph } from "@tributary/nn";
import { type Parameter, type ParameterSet, TributaryError } from "@tributary/protocol";
import { activate, type Backend } from "../backend/backend.js";
import { programOf } from "../graph/program.js";
import { wholeAboveZero } from "../settings/range.js";
import { openStep } from "../steps/open-step.js";
import { ruleOf, type StepSettings } from "../steps/rule.js";
import type { Seeding } from "../steps/training-step.js";
import { type Batch, checkBatch, classifierOf, ignoredLabel, inputOf, targetsOf } from "./batch.js";
import { Scores } from "./scores.js";
import { nextTurn, throwIfAborted } from "./turn.js";

export type TrainingSettings = StepSettings &
  Seeding & {
    readonly objective?: {
      /** Training ends after so many steps of the optimizer, or with the batches. Default: with the batches. */
      readonly maxSteps?: number;
    };
  };

export interface Progress {
  /** Batches done. */
  readonly batch: number;
  /** Mean loss of the last batch, before its step. */
  readonly loss: number;
  /** Samples seen so far. */
  readonly samples: number;
}

export interface RunOptions {
  /** Checked between batches. */
  readonly signal?: AbortSignal;
  /** Called after each batch. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface TrainingResult {
  /** The graph's parameters after the last step, in PyTorch's layout. */
  readonly parameters: Parameter[];
  /** Mean loss over all samples, each as it was before its step. NaN when training diverged. */
  readonly loss: number;
  /** Share of samples that were classified rightly before their step, from 0 to 1. */
  readonly accuracy: number;
  /** Steps that the optimizer took: one for each batch, unless `objective.samplesPerStep` says otherwise. */
  readonly batches: number;
  readonly samplesSeen: number;
}

/**
 * Trains a model on batches, one step each, until they end, or until the objective has its steps. What the optimizer remembers begins anew with each call. The given
 * parameters are not changed, and no tensor outlives the call, however it ends.
 *
 * @throws TributaryError `invalid_graph`, `shape_mismatch`, `invalid_request` (a setting out of its range),
 *   `training_failed` (no batch, or too few for a step), `aborted`
 */
export async function train(
  backend: Backend,
  graph: Graph,
  parameters: ParameterSet,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  settings: TrainingSettings,
  options: RunOptions = {},
): Promise<TrainingResult> {
  const program = programOf(graph);
  const classifier = classifierOf(program);
  throwIfAborted(options.signal);
  await activate(backend.tf, backend.name);
  const scores = new Scores(classifier, ignoredLabel(settings.loss));
  const { objective = {} } = settings;
  wholeAboveZero("objective", objective, "maxSteps");
  const step = openStep(backend, program, ruleOf(backend.tf, settings), settings, parameters, objective);
  try {
    let done = 0;
    for await (const batch of batches) {
      checkBatch(program, classifier, settings.loss, batch);
      const targets = targetsOf(settings.loss, classifier, batch);
      const { outputs, loss } = step.run(inputOf(batch), targets, settings.optimizer.learningRate);
      scores.add(outputs, batch.labels, loss);
      done += 1;
      options.onProgress?.({ batch: done, loss, samples: scores.samples });
      await nextTurn(options.signal);
      if (step.steps === objective.maxSteps) break;
    }
    if (done === 0) throw new TributaryError("training_failed", "there was no batch to train on");
    if (step.steps === 0)
      throw new TributaryError("training_failed", `${scores.samples} samples are too few for a step`);
    const { loss, accuracy, samples } = scores;
    return { parameters: step.parameters(), loss, accuracy, batches: step.steps, samplesSeen: samples };
  } finally {
    step.dispose();
  }
}
