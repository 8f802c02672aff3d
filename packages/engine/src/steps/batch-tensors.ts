import type { Tensor } from "@tensorflow/tfjs-core";
import { TributaryError } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import { valuesOf } from "../graph/border.js";
import { type Dense, toTensor } from "../graph/dense.js";
import { dropoutMasks } from "./dropout-masks.js";
import type { LossFunction, PassInput } from "./gradients.js";
import type { StepRule } from "./rule.js";
import type { Seeding, StepResult } from "./training-step.js";

/** A batch as a pass of training takes it. */
export interface BatchTensors {
  readonly loss: LossFunction;
  readonly pass: Pick<PassInput, "inputs" | "dropoutMask">;
}

/** What a pass gave that is shown to the caller: its tensors are freed. */
export interface Shown {
  readonly outputs: readonly Tensor[];
  readonly loss: Tensor;
}

/**
 * Puts a batch into tensors for as long as `compute` runs, and copies out what came of it.
 * @param batch counted from 0: names the dropout masks
 */
export function withBatch(
  { tf }: Backend,
  rule: StepRule,
  { seeding, batch }: { readonly seeding: Seeding; readonly batch: number },
  { input, targets }: { readonly input: Dense; readonly targets: Dense },
  compute: (batch: BatchTensors) => Shown,
): StepResult {
  const masks = dropoutMasks(seeding, batch);
  const given = toTensor(tf, input);
  const wanted = toTensor(tf, targets);
  try {
    const made = compute({
      loss: (outputs) => rule.loss(first(outputs), wanted),
      pass: {
        inputs: [given],
        dropoutMask: (node, shape, probability) => tf.tensor(masks(node, shape, probability), [...shape]),
      },
    });
    try {
      return { outputs: valuesOf(first(made.outputs)), loss: valuesOf(made.loss)[0] ?? Number.NaN };
    } finally {
      tf.dispose([...made.outputs, made.loss]);
    }
  } finally {
    tf.dispose([given, wanted]);
  }
}

/** The optimizer's numbers of a step as tensors, for as long as `compute` runs. @param step from 1 on */
export function withScalars<T>(
  { tf }: Backend,
  { optimizer }: StepRule,
  { step, learningRate }: { readonly step: number; readonly learningRate: number },
  compute: (scalars: Readonly<Record<string, Tensor>>) => T,
): T {
  const scalars = Object.fromEntries(
    Object.entries(optimizer.scalars(step, learningRate)).map(([name, value]) => [name, tf.scalar(value)]),
  );
  try {
    return compute(scalars);
  } finally {
    tf.dispose(Object.values(scalars));
  }
}

function first(outputs: readonly Tensor[]): Tensor {
  const [output] = outputs;
  if (output === undefined) throw new TributaryError("invalid_graph", "the graph has no output");
  return output;
}
