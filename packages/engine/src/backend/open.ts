import { TributaryError } from "@tributary/protocol";
import { activate, type Backend, type BackendName, backendNames } from "./backend.js";
import { openNative } from "./native.js";
import { openWasm } from "./wasm.js";

export interface BackendOptions {
  /** Threads that one op may use, from 1. Default 1, so that results are the same on machines with unlike core counts. */
  readonly threads?: number;
}

const isBackendName = (name: string): name is BackendName => backendNames.some((known) => known === name);

/**
 * Opens the backend that computes. A preferred one, or the one that `TRIBUTARY_BACKEND` names, is opened or refused; without
 * a wish it is native where that works, else wasm. Opening again gives the same backend.
 *
 * @throws TributaryError `backend_unavailable`
 */
export async function openBackend(preferred?: BackendName, options: BackendOptions = {}): Promise<Backend> {
  const { threads } = options;
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1 || threads > 1024))
    throw new TributaryError("backend_unavailable", `threads must be an integer from 1 to 1024, got ${threads}`);
  const wish = preferred ?? wishOfEnvironment();
  if (wish !== undefined) return open(wish, threads);
  try {
    return await open("native", threads);
  } catch {
    return open("wasm", threads);
  }
}

async function open(name: BackendName, threads: number | undefined): Promise<Backend> {
  const backend = await (name === "native" ? openNative(threads) : openWasm(threads));
  await activate(backend.tf, backend.name);
  return backend;
}

function wishOfEnvironment(): BackendName | undefined {
  const wish = process.env.TRIBUTARY_BACKEND;
  if (wish === undefined || wish === "") return undefined;
  if (isBackendName(wish)) return wish;
  throw new TributaryError("backend_unavailable", `TRIBUTARY_BACKEND is "${wish}"; it may be native or wasm`);
}
