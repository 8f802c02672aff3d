import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";

const require = createRequire(import.meta.url);
const build = "tfjs-backend-wasm-threaded-simd";
const threadScript = fileURLToPath(new URL("../../wasm-thread.cjs", import.meta.url));

type Imports = Record<string, Record<string, unknown>>;

/** Node has it, though the types of Node do not. */
declare const WebAssembly: {
  instantiate(program: Uint8Array, imports: Imports): Promise<{ readonly instance: object; readonly module: object }>;
};

/** The build's pool of threads takes no more. */
export const MOST_WASM_THREADS = 8;

/** What tfjs-backend-wasm gives to its backend. */
type BackendModule = ConstructorParameters<typeof BackendWasm>[0];

/** What the build's glue makes, before tfjs-backend-wasm names the functions that it calls. */
interface LoadedModule extends Omit<BackendModule, "tfjs"> {
  readonly cwrap: (name: string, returns: "number" | null, takes: "number"[]) => (...args: number[]) => number;
  readonly PThread: { readonly runningWorkers: Worker[]; readonly unusedWorkers: Worker[] };
}

/** The threaded build, ready to be given to a `BackendWasm`. */
export interface ThreadedModule {
  readonly module: BackendModule;
  /** Call it when the backend has its threads: it ends the others, and lets the process end although threads wait for work. */
  readonly settle: () => Promise<void>;
}

/**
 * Loads the build of XNNPACK that has threads. tfjs-backend-wasm itself does not in Node, because it hands a thread its script
 * as a blob, which Node's Worker does not take; here it gets a file.
 *
 * @param folder of the build's files
 * @param threads up to `MOST_WASM_THREADS`
 */
export async function loadThreadedModule(folder: string, threads: number): Promise<ThreadedModule> {
  const program = await readFile(join(folder, `${build}.wasm`));
  const loaded = await withoutGlobalWorker(() => start(folder, program, threads));
  if (!isLoadedModule(loaded)) throw new Error(`${build}.js made a module of another kind`);
  const { cwrap, PThread } = loaded;
  const module = Object.assign(loaded, {
    tfjs: {
      init: cwrap("init", null, []),
      initWithThreadsCount: cwrap("init_with_threads_count", null, ["number"]),
      getThreadsCount: cwrap("get_threads_count", "number", []),
      registerTensor: cwrap("register_tensor", null, ["number", "number", "number"]),
      disposeData: cwrap("dispose_data", null, ["number"]),
      dispose: cwrap("dispose", null, []),
    },
  });
  const settle = async () => {
    for (const worker of PThread.runningWorkers) worker.unref();
    await Promise.all(PThread.unusedWorkers.splice(0).map((worker) => worker.terminate()));
  };
  return { module, settle };
}

function start(folder: string, program: Uint8Array, threads: number): Promise<unknown> {
  const script = join(folder, `${build}.js`);
  const factory: unknown = require(script);
  if (typeof factory !== "function") throw new Error(`${build}.js has no factory`);
  return new Promise((resolve, reject) => {
    const settings = {
      locateFile: (name: string) => (name.endsWith(".worker.js") ? threadScript : join(folder, name)),
      mainScriptUrlOrBlob: script,
      instantiateWasm: (imports: Imports, receive: (instance: object, module: object) => void) => {
        // It takes as many threads as half of the logical cores at most, which it asks for here.
        Object.assign(imports.env ?? {}, { emscripten_num_logical_cores: () => 2 * threads });
        WebAssembly.instantiate(program, imports).then(({ instance, module }) => receive(instance, module), reject);
        return {};
      },
    };
    Promise.resolve(factory(settings)).then(resolve, reject);
  });
}

const isLoadedModule = (module: unknown): module is LoadedModule =>
  typeof module === "object" && module !== null && "cwrap" in module && "PThread" in module;

/** The glue makes Node's Worker a global while it loads, which would look like a browser's to others. */
async function withoutGlobalWorker<T>(load: () => Promise<T>): Promise<T> {
  const before = Object.getOwnPropertyDescriptor(globalThis, "Worker");
  try {
    return await load();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, "Worker");
    else Object.defineProperty(globalThis, "Worker", before);
  }
}
