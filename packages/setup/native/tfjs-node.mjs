import { fileURLToPath } from "node:url";
import { installed, versionOf } from "../folders.mjs";
import { run } from "../run.mjs";
import { SetupError } from "../setup-error.mjs";

/** Where npm put tfjs-node, and the places inside it that its install script fills. */
export const tfjsNode = {
  folder: installed("@tensorflow/tfjs-node"),
  version: () => versionOf("@tensorflow/tfjs-node"),
  library: installed("@tensorflow/tfjs-node/deps"),
  addon: installed("@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node"),
};

/**
 * Loads tfjs-node and computes with it, in another process.
 *
 * @returns {Promise<string>} the version of libtensorflow
 * @throws {SetupError} it does not load
 */
export async function probe() {
  const script = fileURLToPath(new URL("probe.cjs", import.meta.url));
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "2" };
  const { ok, output } = await run(process.execPath, [script, tfjsNode.folder], { env, stallMs: 60_000 });
  const version = ok ? /^libtensorflow \S+$/m.exec(output)?.[0] : undefined;
  if (version === undefined) throw new SetupError(reasonIn(output));
  return version;
}

/** @param {string} output of a probe that failed */
function reasonIn(output) {
  if (output.includes("addon module (tfjs_binding.node) can not be found")) return "not installed";
  return /^\w*Error: (.*)$/m.exec(output)?.[1]?.slice(0, 120) ?? "it does not load";
}
