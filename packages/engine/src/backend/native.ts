import util from "node:util";
import { TributaryError } from "@tributary/protocol";
import { isNativeBackend, nativeKernels } from "../kernels/native.js";
import { activate, type Backend } from "./backend.js";
import { loadTensorFlow } from "./tensorflow.js";

/** Environment variables that libtensorflow and OpenMP read once, when they are loaded. */
const threadVariables = ["OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"];

let opened: Promise<Backend> | undefined;

/**
 * Opens libtensorflow with a fixed number of threads.
 *
 * The number is handed over in the environment of the process, because libtensorflow has no other way. In a worker thread
 * `process.env` is a copy which C++ does not see, so such a thread must be started with `env: SHARE_ENV`, as `EngineThread`
 * does. libtensorflow is loaded once in a process: the first number stays.
 *
 * @param threads undefined for whatever is open already, else 1
 * @throws TributaryError `backend_unavailable`
 */
export async function openNative(threads: number | undefined): Promise<Backend> {
  opened ??= load(threads ?? 1);
  try {
    const backend = await opened;
    if (threads !== undefined && backend.threads !== threads)
      throw new TributaryError("backend_unavailable", `native runs with ${backend.threads} threads in this process`, {
        hint: "A process keeps the number of threads that it opened the native backend with.",
      });
    return backend;
  } catch (error) {
    if (error instanceof TributaryError) throw error;
    opened = undefined;
    throw new TributaryError("backend_unavailable", `native: ${reasonOf(error)}`, { cause: error });
  }
}

async function load(threads: number): Promise<Backend> {
  for (const variable of threadVariables) process.env[variable] = String(threads);
  // One thread: a graph runs in the thread that asks for it. Elsewhere all threads of the process would wait for the one of a common pool.
  process.env.TF_NUM_INTEROP_THREADS = threads === 1 ? "-1" : String(threads);
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
  // oneDNN's convolutions; libtensorflow chooses them by itself only on the newest processors.
  process.env.TF_ENABLE_ONEDNN_OPTS ??= "1";
  restoreRemovedUtilities();
  const tf = await loadTensorFlow();
  const { version } = await import("@tensorflow/tfjs-node");
  await activate(tf, "native");
  const engine = tf.backend();
  if (!isNativeBackend(engine)) throw new Error("tfjs-node registered a backend of another kind");
  return {
    name: "native",
    tf,
    threads,
    version: `tfjs-node ${version["tfjs-node"]}, libtensorflow ${engine.binding.TF_Version}`,
    kernels: nativeKernels(tf, engine),
  };
}

/** tfjs-node calls two functions of `node:util` that Node 22 warns of and Node 23 no longer has. */
function restoreRemovedUtilities(): void {
  const define = (name: string, value: (of: unknown) => boolean) =>
    Object.defineProperty(util, name, { value, configurable: true, writable: true, enumerable: true });
  define("isNullOrUndefined", (of) => of === null || of === undefined);
  define("isArray", Array.isArray);
}

/** tfjs-node explains at length and with paths; one line is enough here. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (text.includes("tfjs_binding.node")) return "the add-on of tfjs-node is not installed";
  if (text.includes("libtensorflow")) return "libtensorflow is not installed";
  return (text.split("\n")[0] ?? "").slice(0, 200);
}
