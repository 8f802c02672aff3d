import type { Graph } from "@tributary/nn";
import { type ParameterSet, TributaryError } from "@tributary/protocol";
import { activate, type Backend } from "../backend/backend.js";
import { programOf } from "../graph/program.js";
import { type LossSettings, lossOf } from "../losses/loss.js";
import { openForward } from "../steps/open-forward.js";
import { type Batch, checkBatch, classifierOf, ignoredLabel, inputOf, targetsOf } from "./batch.js";
import { Scores } from "./scores.js";
import type { RunOptions } from "./train.js";
import { nextTurn, throwIfAborted } from "./turn.js";

export interface EvaluationResult {
  readonly samples: number;
  /** Mean over all samples. */
  readonly loss: number;
  /** From 0 to 1. */
  readonly accuracy: number;
  /** `[actual * classes + predicted]`: how many samples, or pixels where each of those is classified. */
  readonly confusion: Uint32Array;
  readonly classes: number;
}

/**
 * Scores a model on batches. Nothing is trained, and dropout does nothing.
 * @throws TributaryError `invalid_graph`, `shape_mismatch`, `training_failed` (no batch), `aborted`
 */
export async function evaluate(
  backend: Backend,
  graph: Graph,
  parameters: ParameterSet,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  settings: { readonly loss: LossSettings },
  options: RunOptions = {},
): Promise<EvaluationResult> {
  const program = programOf(graph);
  const classifier = classifierOf(program);
  throwIfAborted(options.signal);
  await activate(backend.tf, backend.name);
  const scores = new Scores(classifier, ignoredLabel(settings.loss));
  const loss = lossOf(settings.loss);
  const pass = openForward(backend, program, parameters, {
    loss: {
      apply: (outputs, targets) => loss.apply(backend.tf, outputs, targets),
      key: JSON.stringify(settings.loss),
    },
  });
  try {
    let done = 0;
    for await (const batch of batches) {
      checkBatch(program, classifier, settings.loss, batch);
      const { outputs, loss } = pass.run([inputOf(batch)], targetsOf(settings.loss, classifier, batch));
      scores.add(outputs[0]?.values ?? new Float32Array(), batch.labels, loss);
      done += 1;
      options.onProgress?.({ batch: done, loss, samples: scores.samples });
      await nextTurn(options.signal);
    }
    if (done === 0) throw new TributaryError("training_failed", "there was no batch to evaluate on");
    const { samples, loss, accuracy, confusion, classes } = scores;
    return { samples, loss, accuracy, confusion, classes };
  } finally {
    pass.dispose();
  }
}
