import { execFile, spawn } from "node:child_process";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const VERSION = "4.32.5";
const INSTALL_MS = 150_000;
const root = fileURLToPath(new URL(`../../../.tributary/schemathesis-${VERSION}`, import.meta.url));

/** Where schemathesis is, or why it is not. */
export type Schemathesis =
  | { readonly path: string; readonly note: "" }
  | { readonly path: undefined; readonly note: string };

/** Installs schemathesis from PyPI, in a virtual environment that later runs find. */
export async function installSchemathesis(): Promise<Schemathesis> {
  const path = join(root, "bin", "schemathesis");
  const isThere = await stat(join(root, "whole")).then(
    () => true,
    () => false,
  );
  if (isThere) return { path, note: "" };
  const run = promisify(execFile);
  try {
    await rm(root, { recursive: true, force: true });
    await mkdir(root, { recursive: true });
    await run("python3", ["-m", "venv", root], { timeout: INSTALL_MS });
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `schemathesis==${VERSION}`];
    await run(join(root, "bin", "python"), pip, { timeout: INSTALL_MS });
    // Last: what a killed installation leaves is not taken for a whole one.
    await mkdir(join(root, "whole.unfinished"));
    await rename(join(root, "whole.unfinished"), join(root, "whole"));
    return { path, note: "" };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n").filter((line) => line.trim() !== "") : [];
    return { path: undefined, note: ` (Python can't install it here: ${reason.at(-1)?.slice(0, 200)})` };
  }
}

/** Runs schemathesis and gives what it printed. */
export async function runSchemathesis(
  path: string,
  args: readonly string[],
  { cwd, timeoutMs }: { readonly cwd: string; readonly timeoutMs: number },
): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  const child = spawn(path, args, { cwd, timeout: timeoutMs, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { exitCode, output };
}
