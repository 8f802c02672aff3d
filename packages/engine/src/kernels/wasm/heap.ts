import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { KernelBackend, Tensor } from "@tensorflow/tfjs-core";
import { TributaryError } from "@tributary/protocol";

export const isWasmBackend = (backend: KernelBackend): backend is BackendWasm =>
  "typedArrayFromHeap" in backend && "dataIdMap" in backend;

/**
 * The memory of a float32 tensor itself, without a copy. It is for a loop of our own over tensors that are all there: the next
 * tensor that is made may move the heap, and the view is empty from then on.
 */
export function heapOf(backend: BackendWasm, tensor: Tensor): Float32Array {
  const view = backend.typedArrayFromHeap(tensor);
  if (!(view instanceof Float32Array)) throw new TributaryError("internal", "a tensor is not float32");
  return view;
}
