import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LocalFederation, type LocalFederationOptions, startNode } from "@tributary/cli";
import { withDatabase } from "./database.js";

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "tributary-e2e-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}

/** A federation on wasm, which every machine has: the same bytes everywhere. */
export const startFederation = async (
  folder: string,
  options: Partial<LocalFederationOptions> = {},
): Promise<LocalFederation> =>
  LocalFederation.start({ folder: await withDatabase(folder), env: { TRIBUTARY_BACKEND: "wasm" }, ...options });

/** A `tributary` command that ends by itself. */
export async function tributary(
  args: readonly string[],
  folder: string,
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  const log = join(folder, `command-${Math.random().toString(36).slice(2)}.log`);
  const { exitCode } = await startNode(args, log, { env }).exited;
  return { exitCode, output: await readFile(log, "utf8") };
}

/** A file of this folder as it was compiled. */
export const compiled = (name: string): string => fileURLToPath(new URL(`../../dist/support/${name}`, import.meta.url));
