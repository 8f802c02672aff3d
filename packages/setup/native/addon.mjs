import { existsSync } from "node:fs";
import { copyFile, mkdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { folderSize, share } from "../files.mjs";
import { installed } from "../folders.mjs";
import { run } from "../run.mjs";
import { SetupError } from "../setup-error.mjs";
import { probe, tfjsNode } from "./tfjs-node.mjs";

/** Names under which the linker and the add-on look for the two libraries of the wheel. */
const aliases = {
  "libtensorflow_cc.so.2": ["libtensorflow.so.2", "libtensorflow.so"],
  "libtensorflow_framework.so.2": ["libtensorflow_framework.so"],
};

/**
 * Shows tfjs-node the library in the cache, in the places where its own installer would have put one.
 *
 * @param {string} folder of the library in the cache
 */
export async function linkLibrary(folder) {
  await rm(tfjsNode.library, { recursive: true, force: true });
  for (const [library, names] of Object.entries(aliases)) {
    await share(join(folder, "tensorflow", library), join(tfjsNode.library, "lib", library));
    for (const name of names) await symlink(library, join(tfjsNode.library, "lib", name));
  }
  await symlink(join(folder, "tensorflow", "include"), join(tfjsNode.library, "include"));
}

/**
 * Puts tfjs-node's add-on into place: the one that an earlier set-up compiled against this library, or a new one.
 *
 * @param {string} folder of the library in the cache
 * @returns {Promise<string>} the version of libtensorflow
 * @throws {SetupError}
 */
export async function useAddon(folder) {
  const kept = join(folder, `tfjs-node-${tfjsNode.version()}`, "tfjs_binding.node");
  if (existsSync(kept)) {
    await mkdir(dirname(tfjsNode.addon), { recursive: true });
    await copyFile(kept, tfjsNode.addon);
    const version = await probe().catch(() => undefined);
    if (version !== undefined) return version;
  }
  await rm(tfjsNode.addon, { force: true });
  await compileAddon();
  const version = await probe();
  const draft = `${kept}.${process.pid}.draft`;
  await mkdir(dirname(kept), { recursive: true });
  await copyFile(tfjsNode.addon, draft);
  await rename(draft, kept);
  return version;
}

async function compileAddon() {
  const headers = nodeHeaders();
  const { ok, stalled, output } = await run(
    process.execPath,
    [
      installed("node-gyp/bin/node-gyp.js"),
      "rebuild",
      ...(headers === undefined ? [] : [`--nodedir=${headers}`]),
      "--",
      "-Dmodule_name=tfjs_binding",
      `-Dmodule_path=${dirname(tfjsNode.addon)}`,
      "-Dnapi_build_version=8",
    ],
    { cwd: tfjsNode.folder, stallMs: 120_000, progress: () => folderSize(join(tfjsNode.folder, "build")) },
  );
  await rm(join(tfjsNode.folder, "build"), { recursive: true, force: true });
  if (stalled) throw new SetupError("node-gyp made no progress");
  if (!ok) throw new SetupError(failureOf(output));
}

/**
 * Headers of any Node will do: the add-on uses Node-API 8 only, which every later version keeps.
 *
 * @returns {string | undefined} a folder with `include/node`, if this machine has one; else node-gyp downloads one
 */
function nodeHeaders() {
  const prefix = resolve(dirname(process.execPath), "..");
  return [process.env.npm_config_nodedir, prefix, "/usr", "/usr/local"].find(
    (folder) => folder !== undefined && existsSync(join(folder, "include", "node", "node_api.h")),
  );
}

/** @param {string} output of node-gyp */
function failureOf(output) {
  if (/not found: make|spawn make ENOENT|g\+\+.*not found|c\+\+.*not found/i.test(output))
    return "there is no C++ compiler";
  if (/find Python/i.test(output)) return "node-gyp found no Python";
  if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|network/i.test(output)) return "node-gyp could not download Node's headers";
  return "the compiler failed";
}
