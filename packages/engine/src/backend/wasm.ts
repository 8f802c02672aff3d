import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { TributaryError } from "@tributary/protocol";
import { isWasmBackend } from "../kernels/wasm/heap.js";
import { shareMemory } from "../kernels/wasm/sharing.js";
import { wasmKernels } from "../kernels/wasm.js";
import { activate, type Backend } from "./backend.js";
import { loadTensorFlow } from "./tensorflow.js";

let opened: Promise<Backend> | undefined;

/**
 * Opens XNNPACK as WebAssembly with SIMD, out of `node_modules`. It needs nothing of the machine. In Node it computes with
 * one thread, whatever is asked for.
 *
 * @throws TributaryError `backend_unavailable`
 */
export async function openWasm(): Promise<Backend> {
  opened ??= load();
  try {
    return await opened;
  } catch (cause) {
    opened = undefined;
    throw new TributaryError("backend_unavailable", "wasm: the WebAssembly module could not be loaded", { cause });
  }
}

async function load(): Promise<Backend> {
  const tf = await loadTensorFlow();
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  wasm.setWasmPaths(dirname(entry) + sep);
  wasm.setThreadsCount(1);
  await withoutNewFaultHandlers(() => activate(tf, "wasm"));
  const engine = tf.backend();
  if (!isWasmBackend(engine)) throw new Error("tfjs-backend-wasm registered a backend of another kind");
  shareMemory(tf, engine);
  return {
    name: "wasm",
    tf,
    threads: wasm.getThreadsCount(),
    version: `tfjs-backend-wasm ${wasm.version_wasm}`,
    kernels: wasmKernels(tf, engine),
  };
}

/** Emscripten's glue listens to the process' uncaught faults and throws them again, which would take over this process' own handling. */
async function withoutNewFaultHandlers(start: () => Promise<void>): Promise<void> {
  const exceptions = process.listeners("uncaughtException");
  const rejections = process.listeners("unhandledRejection");
  await start();
  for (const listener of process.listeners("uncaughtException"))
    if (!exceptions.includes(listener)) process.off("uncaughtException", listener);
  for (const listener of process.listeners("unhandledRejection"))
    if (!rejections.includes(listener)) process.off("unhandledRejection", listener);
}
