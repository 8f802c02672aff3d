import { readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { folderSize } from "../files.mjs";
import { installed } from "../folders.mjs";
import { run } from "../run.mjs";
import { SetupError } from "../setup-error.mjs";
import { probe, tfjsNode } from "./tfjs-node.mjs";

/** Ends the installer when nothing arrived for so long: it would wait for ever on a firewall that drops packets. */
const STALL_MS = 20_000;

/**
 * Runs the install script of tfjs-node, which downloads libtensorflow and a compiled add-on.
 *
 * @returns {Promise<string>} the version of libtensorflow
 * @throws {SetupError}
 */
export async function runInstaller() {
  const manifest = join(tfjsNode.folder, "package.json");
  const original = await readFile(manifest);
  const { ok, stalled, output } = await run(process.execPath, [join("scripts", "install.js")], {
    cwd: tfjsNode.folder,
    env: { ...process.env, PATH: [installed(".bin"), process.env.PATH].join(delimiter) },
    stallMs: STALL_MS,
    progress: () => folderSize(tfjsNode.folder),
  });
  // The script writes to the manifest while it works, and leaves it so when it is ended.
  await writeFile(manifest, original);
  if (ok) return probe();
  if (stalled) throw new SetupError(`no answer for ${STALL_MS / 1000} s`);
  throw new SetupError(/E[A-Z]{5,} \S+/.exec(output)?.[0] ?? "it failed");
}
