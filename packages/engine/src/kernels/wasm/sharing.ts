import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { KernelConfig } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../../backend/backend.js";

/**
 * Lets a tensor that was cloned, or cast to the type that it has, share the memory of the first, as a reshaped one does. The wasm
 * backend copies it, although no op changes a tensor, and TensorFlow.js clones whatever outlives a scope.
 */
export function shareMemory(tf: TensorFlow, backend: BackendWasm): void {
  const share: KernelConfig["kernelFunc"] = ({ inputs }) => {
    const { x } = inputs;
    if (x === undefined) throw new Error("nothing to share");
    backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  };
  const { kernelFunc: convert } = tf.getKernel(tf.Cast, "wasm");
  replaceKernel(tf, tf.Identity, share);
  replaceKernel(tf, tf.Cast, (call) => (call.inputs.x?.dtype === call.attrs?.dtype ? share(call) : convert(call)));
}

function replaceKernel(tf: TensorFlow, kernelName: string, kernelFunc: KernelConfig["kernelFunc"]): void {
  tf.unregisterKernel(kernelName, "wasm");
  tf.registerKernel({ kernelName, backendName: "wasm", kernelFunc });
}
