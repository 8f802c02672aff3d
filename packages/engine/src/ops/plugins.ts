import { loadPlugin, type Plugin } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import type { Op } from "./op.js";
import { engineOp, registerEngineOp } from "./registry.js";

/** A plug-in whose operators the engine runs: what the default export of a worker's plug-in is. */
export type EnginePlugin = Plugin<Op>;

/**
 * Imports plug-ins, and adds their operators to those that a graph may name and that the engine runs in this thread. They are code: the
 * paths must come from whoever started the process, never from the wire.
 *
 * @throws TributaryError what `loadPlugin` throws; `plugin_invalid` when an operator does not say how it runs
 */
export async function loadEnginePlugins(paths: readonly string[]): Promise<void> {
  for (const path of paths)
    for (const { spec, run } of await loadPlugin(path)) {
      if (!isOp(run))
        throw new TributaryError("plugin_invalid", `the plug-in ${path}: ${spec.name}: run.apply is no function`);
      // The same plug-in, asked for again.
      if (engineOp(spec.name) !== run) registerEngineOp(spec.name, run);
    }
}

const isOp = (run: unknown): run is Op =>
  typeof run === "object" && run !== null && "apply" in run && typeof run.apply === "function";
