import { linkLibrary, useAddon } from "./native/addon.mjs";
import { runInstaller } from "./native/installer.mjs";
import { readStamp, writeStamp } from "./native/stamp.mjs";
import { probe } from "./native/tfjs-node.mjs";
import { fetchLibrary, isLibraryCached, TENSORFLOW_VERSION } from "./native/wheel.mjs";
import { reasonOf, SetupError } from "./setup-error.mjs";

/** @typedef {import("./report.mjs").Report} Report */
/** @typedef {{ version: string } | { reason: string }} Provision the version of libtensorflow, or why there is none */

const HOW_TO_GET_NATIVE = "install Python 3 with pip, make and a C++ compiler, then TRIBUTARY_BACKEND=native npm start";

/**
 * Makes tfjs-node work, or says why the federation runs on wasm. The ways, in this order: it loads already; libtensorflow is
 * in the user's cache; tfjs-node's own installer; TensorFlow's wheel on PyPI.
 *
 * `TRIBUTARY_BACKEND=wasm` skips all of it, `TRIBUTARY_BACKEND=native` makes a failure fatal.
 *
 * @param {Report} report
 * @returns {Promise<void>}
 * @throws {SetupError} native is wanted and cannot be had
 */
export async function provisionNative(report) {
  const wanted = process.env.TRIBUTARY_BACKEND;
  if (wanted === "wasm") {
    await report.step("native backend", async () => ({ said: "not wanted, TRIBUTARY_BACKEND is wasm", idle: true }));
    return;
  }
  const known = readStamp();
  if (known !== undefined && ("version" in known || wanted !== "native")) {
    const said = "version" in known ? known.version : `running on wasm, native is not available: ${known.reason}`;
    await report.step("native backend", async () => ({ said, idle: true }));
    return;
  }

  const provision = await tryAllWays(report);
  writeStamp(provision);
  if ("version" in provision) return;
  if (wanted === "native") throw new SetupError(`no native backend: ${provision.reason}`, HOW_TO_GET_NATIVE);
  report.say(`native backend: not available, so tensors are computed on wasm. For native: ${HOW_TO_GET_NATIVE}`);
}

/**
 * @param {Report} report
 * @returns {Promise<Provision>}
 */
async function tryAllWays(report) {
  /** @type {[doing: string, way: () => Promise<string>][]} */
  const ways = [
    ["what is installed", probe],
    ["tfjs-node's own installer", runInstaller],
    [`TensorFlow ${TENSORFLOW_VERSION} through pip, and compile the add-on`, useWheel],
  ];
  // What an earlier set-up left is as good as a download, and at hand.
  if (isLibraryCached()) ways.splice(1, 0, ["libtensorflow in the user's cache", useWheel]);

  /** @type {Provision} the last way's reason is the one that a user can do something about */
  let provision = { reason: "" };
  for (const [doing, way] of ways) {
    provision = await tryWay(report, doing, way);
    if ("version" in provision) break;
  }
  return provision;
}

/**
 * @param {Report} report
 * @param {string} doing
 * @param {() => Promise<string>} way
 * @returns {Promise<Provision>}
 */
async function tryWay(report, doing, way) {
  return report.step(`native backend: ${doing}`, async () => {
    try {
      const version = await way();
      return { said: version, version };
    } catch (error) {
      const reason = reasonOf(error);
      return { said: reason, reason };
    }
  });
}

/** @returns {Promise<string>} the version of libtensorflow */
async function useWheel() {
  const folder = await fetchLibrary();
  await linkLibrary(folder);
  return useAddon(folder);
}
