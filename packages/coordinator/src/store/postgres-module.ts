import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What is used of it: the types of Node.js leave it out. */
declare const WebAssembly: { compile(code: Uint8Array): Promise<object> };

let compiling: Promise<object> | undefined;

/**
 * The code of the embedded PostgreSQL, compiled once, on threads of V8: whoever asks before loading other modules has it when they
 * are loaded. It is read at once, because reading in steps would wait behind them.
 */
export function postgresModule(): Promise<object> {
  if (compiling === undefined) {
    compiling = compile();
    // Whoever needs it is told. Whoever asked too early, and ended before, must not die of it.
    compiling.catch(() => {});
  }
  return compiling;
}

async function compile(): Promise<object> {
  const entry = createRequire(import.meta.url).resolve("@electric-sql/pglite");
  return WebAssembly.compile(readFileSync(join(dirname(entry), "pglite.wasm")));
}
