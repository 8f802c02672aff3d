import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
import { inputOf, numberAttribute } from "./attributes.js";
import { channelsLastAxes, toChannelsFirst, toChannelsLast } from "./channels.js";
import type { Op } from "./op.js";

/** The axes of a sample's dimensions in the engine's order: those of the whole value, without the batch. */
const sampleAxes = (rank: number) =>
  channelsLastAxes(rank + 1)
    .slice(1)
    .map((axis) => axis - 1);

const binary = (compute: (tf: TensorFlow) => (a: Tensor, b: Tensor | number) => Tensor): Op => ({
  axes: { other: (rank) => (rank < 3 ? undefined : sampleAxes(rank)) },
  apply(application) {
    const { backend, node, inputs, parameters } = application;
    const operand = inputs[1] ?? parameters.other ?? numberAttribute(node, "scalar");
    return compute(backend.tf)(inputOf(application), operand);
  },
});

/** torch.add. */
export const add = binary((tf) => (a, b) => tf.add(a, b));
/** torch.sub. */
export const sub = binary((tf) => (a, b) => tf.sub(a, b));
/** torch.mul. */
export const mul = binary((tf) => (a, b) => tf.mul(a, b));
/** torch.div. */
export const div = binary((tf) => (a, b) => tf.div(a, b));

/** torch.matmul of each sample. */
export const matmul: Op = {
  apply(application) {
    const { tf } = application.backend;
    const a = toChannelsFirst(tf, inputOf(application));
    const b = toChannelsFirst(tf, inputOf(application, 1));
    return toChannelsLast(tf, tf.matMul(a, b));
  },
};
