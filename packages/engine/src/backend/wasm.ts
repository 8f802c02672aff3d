import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { TributaryError } from "@tributary/protocol";
import { isWasmBackend } from "../kernels/wasm/heap.js";
import { shareMemory } from "../kernels/wasm/sharing.js";
import { wasmKernels } from "../kernels/wasm.js";
import { activate, type Backend, type TensorFlow } from "./backend.js";
import { loadTensorFlow } from "./tensorflow.js";
import { loadThreadedModule, MOST_WASM_THREADS } from "./wasm-threads.js";

let opened: Promise<Backend> | undefined;

/**
 * Opens XNNPACK as WebAssembly with SIMD, out of `node_modules`. It needs nothing of the machine. Convolutions and matrix
 * products share the threads; everything else computes on the first. Each value is computed by one thread, so the bytes do not
 * depend on how many there are. One thread loads faster and takes less memory than the build with threads does.
 *
 * @param threads up to 8 are used; undefined for whatever is open already, else 1
 * @throws TributaryError `backend_unavailable`
 */
export async function openWasm(threads: number | undefined): Promise<Backend> {
  const wanted = Math.min(threads ?? 1, MOST_WASM_THREADS);
  opened ??= load(wanted);
  try {
    const backend = await opened;
    if (threads !== undefined && backend.threads !== wanted)
      throw new TributaryError("backend_unavailable", `wasm runs with ${backend.threads} threads in this process`, {
        hint: "A process keeps the number of threads that it opened the wasm backend with.",
      });
    return backend;
  } catch (cause) {
    if (cause instanceof TributaryError) throw cause;
    opened = undefined;
    throw new TributaryError("backend_unavailable", "wasm: the WebAssembly module could not be loaded", { cause });
  }
}

async function load(threads: number): Promise<Backend> {
  const tf = await loadTensorFlow();
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  wasm.setThreadsCount(threads);
  await withoutNewFaultHandlers(async () => {
    if (threads > 1) return startThreaded(tf, wasm.BackendWasm, join(dirname(entry), "..", "wasm-out"), threads);
    wasm.setWasmPaths(dirname(entry) + sep);
    return activate(tf, "wasm");
  });
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

async function startThreaded(
  tf: TensorFlow,
  BackendWasm: typeof import("@tensorflow/tfjs-backend-wasm").BackendWasm,
  folder: string,
  threads: number,
): Promise<void> {
  const { module, settle } = await loadThreadedModule(folder, threads);
  tf.removeBackend("wasm");
  tf.registerBackend("wasm", () => new BackendWasm(module));
  await activate(tf, "wasm");
  await settle();
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
