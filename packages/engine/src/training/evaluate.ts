import type { Graph } from "@tributary/nn";
import { type ParameterSet, TributaryError } from "@tributary/protocol";
import { activate, type Backend } from "../backend/backend.js";
import { importParameters, read } from "../graph/border.js";
import { interpret } from "../graph/interpret.js";
import { classesOf, programOf } from "../graph/program.js";
import { type Batch, checkBatch, checkImages } from "./batch.js";
import type { LossName } from "./loss.js";
import { Metrics } from "./metrics.js";
import type { RunOptions } from "./train.js";
import { nextTurn, throwIfAborted } from "./turn.js";

export interface EvaluationResult {
  readonly samples: number;
  /** Mean over all samples. */
  readonly loss: number;
  /** From 0 to 1. */
  readonly accuracy: number;
  /** `[actual * classes + predicted]`: how many samples. */
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
  settings: { readonly loss: LossName },
  options: RunOptions = {},
): Promise<EvaluationResult> {
  const program = programOf(graph);
  const metrics = new Metrics(classesOf(program), settings.loss);
  throwIfAborted(options.signal);
  await activate(backend.tf, backend.name);
  const { tf } = backend;
  const tensors = importParameters(backend, program, parameters);
  try {
    let done = 0;
    for await (const batch of batches) {
      checkBatch(program, metrics.classes, batch);
      const outputs = read(tf, () => interpret(backend, program, tensors, tf.tensor(batch.images, [...batch.shape])));
      const loss = metrics.add(outputs, batch.labels);
      done += 1;
      options.onProgress?.({ batch: done, loss, samples: metrics.samples });
      await nextTurn(options.signal);
    }
    if (done === 0) throw new TributaryError("training_failed", "there was no batch to evaluate on");
    const { samples, loss, accuracy, confusion, classes } = metrics;
    return { samples, loss, accuracy, confusion, classes };
  } finally {
    tf.dispose([...tensors.values()]);
  }
}

/**
 * The outputs of a model for one batch, without training: row-major, in PyTorch's layout.
 * @throws TributaryError `invalid_graph`, `shape_mismatch`
 */
export async function forward(
  backend: Backend,
  graph: Graph,
  parameters: ParameterSet,
  images: Float32Array,
  shape: readonly number[],
): Promise<Float32Array> {
  const program = programOf(graph);
  checkImages(program, images, shape);
  await activate(backend.tf, backend.name);
  const { tf } = backend;
  return read(tf, () => {
    const tensors = importParameters(backend, program, parameters);
    return interpret(backend, program, tensors, tf.tensor(images, [...shape]));
  });
}
