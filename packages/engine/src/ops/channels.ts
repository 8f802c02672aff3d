import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";

/** [batch, channels, height, width] to [batch, height, width, channels]; values of another rank stay as they are. */
export function toChannelsLast(tf: TensorFlow, x: Tensor): Tensor {
  if (x.rank !== 4) return x;
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape;
  if (channels === 1 || height * width === 1) return tf.reshape(x, [batch, height, width, channels]);
  return tf.transpose(x, [0, 2, 3, 1]);
}

/** [batch, height, width, channels] to [batch, channels, height, width]; values of another rank stay as they are. */
export function toChannelsFirst(tf: TensorFlow, x: Tensor): Tensor {
  if (x.rank !== 4) return x;
  const [batch = 0, height = 0, width = 0, channels = 0] = x.shape;
  if (channels === 1 || height * width === 1) return tf.reshape(x, [batch, channels, height, width]);
  return tf.transpose(x, [0, 3, 1, 2]);
}
