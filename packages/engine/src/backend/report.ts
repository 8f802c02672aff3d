import { toTributaryError } from "@tributary/protocol";
import type { BackendName } from "./backend.js";
import { openBackend } from "./open.js";

export type BackendStatus =
  | { readonly works: true; readonly version: string }
  | { readonly works: false; readonly reason: string };

/** Tries each backend on this machine and says, for one that does not work, why. Both are loaded into this process. */
export async function backendReport(): Promise<Record<BackendName, BackendStatus>> {
  return { native: await statusOf("native"), wasm: await statusOf("wasm") };
}

async function statusOf(name: BackendName): Promise<BackendStatus> {
  try {
    const { version } = await openBackend(name);
    return { works: true, version };
  } catch (error) {
    return { works: false, reason: toTributaryError(error).message };
  }
}
