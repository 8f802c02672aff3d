import { isWasmBackend } from "../kernels/wasm/heap.js";
import { shareMemory } from "../kernels/wasm/sharing.js";
import { wasmKernels } from "../kernels/wasm.js";
import { activate, type Backend } from "./backend.js";

// Bundlers find these files by the text of their addresses.
const plain = new URL("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm", import.meta.url).href;
const simd = new URL("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm", import.meta.url).href;
const files = {
  "tfjs-backend-wasm.wasm": plain,
  "tfjs-backend-wasm-simd.wasm": simd,
  // Never loaded, but the backend wants an address for each.
  "tfjs-backend-wasm-threaded-simd.wasm": simd,
};

/** The wasm backend on one thread, in a browser and for forward passes only: gradients are not loaded. */
export async function openWasmInBrowser(): Promise<Backend> {
  const tf = await import("@tensorflow/tfjs-core");
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  tf.env().set("PROD", true);
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  wasm.setWasmPaths(files);
  await activate(tf, "wasm");
  const engine = tf.backend();
  if (!isWasmBackend(engine)) throw new Error("tfjs-backend-wasm registered a backend of another kind");
  shareMemory(tf, engine);
  return {
    ...{ name: "wasm", tf, threads: 1, version: `tfjs-backend-wasm ${wasm.version_wasm}` },
    kernels: wasmKernels(tf, engine),
  };
}
