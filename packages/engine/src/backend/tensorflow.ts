import type { TensorFlow } from "./backend.js";

/**
 * Loads TensorFlow.js when it is first needed, so that a process which only talks to an engine thread never pays for it.
 * The union package registers the gradients, which `tfjs-core` alone has none of in Node.
 */
export async function loadTensorFlow(): Promise<TensorFlow> {
  await import("@tensorflow/tfjs");
  const tf = await import("@tensorflow/tfjs-core");
  tf.env().set("PROD", true);
  return tf;
}
