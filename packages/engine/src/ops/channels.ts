import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";

/** Values of these ranks have their channels last in the engine: images and volumes. */
const hasChannelsLast = (rank: number): boolean => rank === 4 || rank === 5;

/** Where dimension `dim` of PyTorch's layout is in the engine's. */
export function engineAxis(rank: number, dim: number): number {
  if (!hasChannelsLast(rank) || dim === 0) return dim;
  return dim === 1 ? rank - 1 : dim - 1;
}

/** The axis that a value's channels are on in the engine's layout. */
export const channelAxis = (rank: number): number => engineAxis(rank, 1);

/** The axes of PyTorch's layout in the order of the engine's. */
export const channelsLastAxes = (rank: number): number[] =>
  Array.from({ length: rank }, (_, axis) => axis).sort((a, b) => engineAxis(rank, a) - engineAxis(rank, b));

/** [batch, channels, height, width] to [batch, height, width, channels], and so for volumes; other ranks stay as they are. */
export function toChannelsLast(tf: TensorFlow, x: Tensor): Tensor {
  if (!hasChannelsLast(x.rank)) return x;
  const [batch = 0, channels = 0, ...sizes] = x.shape;
  if (channels === 1 || sizes.every((size) => size === 1)) return tf.reshape(x, [batch, ...sizes, channels]);
  return tf.transpose(x, channelsLastAxes(x.rank));
}

/** [batch, height, width, channels] to [batch, channels, height, width], and so for volumes; other ranks stay as they are. */
export function toChannelsFirst(tf: TensorFlow, x: Tensor): Tensor {
  if (!hasChannelsLast(x.rank)) return x;
  const [batch = 0, ...sizes] = x.shape;
  const channels = sizes.pop() ?? 0;
  if (channels === 1 || sizes.every((size) => size === 1)) return tf.reshape(x, [batch, channels, ...sizes]);
  return tf.transpose(
    x,
    x.shape.map((_, axis) => engineAxis(x.rank, axis)),
  );
}
