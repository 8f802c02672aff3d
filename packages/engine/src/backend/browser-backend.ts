import { TributaryError } from "@tributary/protocol";
import type { Backend } from "./backend.js";
import { openWasmInBrowser } from "./wasm-in-browser.js";

let backend: Promise<Backend> | undefined;

/** The one backend of a page: wasm. @throws TributaryError `backend_unavailable` */
export async function browserBackend(): Promise<Backend> {
  backend ??= openWasmInBrowser();
  try {
    return await backend;
  } catch (cause) {
    backend = undefined;
    throw new TributaryError("backend_unavailable", "this browser does not run WebAssembly here", {
      ...{ hint: "Use the command line: `tributary model`.", cause },
    });
  }
}
