import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** What a run of the set-up leaves for people: logs and test reports. Ignored by git. */
export const stateFolder = join(root, ".tributary");

/** What one installation of `node_modules` knows about itself; `npm ci` removes it together with what it describes. */
export const stampFolder = join(root, "node_modules", ".cache", "tributary");

/** @returns {string} the folder that all clones of one user share, by the XDG Base Directory Specification */
export function cacheFolder() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "tributary");
}

/**
 * @param {string} path relative to `node_modules`, e.g. `turbo/bin/turbo`
 * @returns {string}
 */
export function installed(path) {
  return join(root, "node_modules", path);
}

/**
 * @param {string} name of an installed package
 * @returns {string} its version
 */
export function versionOf(name) {
  return createRequire(import.meta.url)(installed(join(name, "package.json"))).version;
}
