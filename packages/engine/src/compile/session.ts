import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeJSKernelBackend } from "@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js";
import { TributaryError } from "@tributary/protocol";
import type { Dense } from "../graph/dense.js";
import { encodeSavedModel, type NodeDef, TAG } from "./saved-model.js";

/** A graph that libtensorflow runs as a whole, with the variables in it. */
export class Session {
  readonly #binding: NodeJSKernelBackend["binding"];
  readonly #id: number;

  /** @throws Error when libtensorflow refuses the graph */
  constructor(backend: NodeJSKernelBackend, nodes: readonly NodeDef[]) {
    this.#binding = backend.binding;
    const folder = mkdtempSync(join(tmpdir(), "tributary-graph-"));
    try {
      writeFileSync(join(folder, "saved_model.pb"), encodeSavedModel(nodes));
      this.#id = this.#binding.loadSavedModel(folder, TAG);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** @param feeds by placeholder @param fetches names of float32 nodes @returns their values, in that order, copied out */
  run(feeds: ReadonlyMap<string, Dense>, fetches: readonly string[]): Float32Array[] {
    // A network without parameters has none to write or to read; libtensorflow refuses to run nothing.
    if (fetches.length === 0) return [];
    const binding = this.#binding;
    const inputs: number[] = [];
    try {
      for (const { values, shape } of feeds.values()) {
        const dtype = values instanceof Int32Array ? binding.TF_INT32 : binding.TF_FLOAT;
        inputs.push(binding.createTensor([...shape], dtype, values));
      }
      const names = [...feeds.keys()].map((name) => `${name}:0`).join(",");
      const outputs = binding.runSavedModel(this.#id, inputs, names, fetches.map((name) => `${name}:0`).join(","));
      return outputs.map(({ id }) => {
        const values = binding.tensorDataSync(id);
        binding.deleteTensor(id);
        if (!(values instanceof Float32Array)) throw new TributaryError("internal", "a fetched tensor is not float32");
        return values;
      });
    } finally {
      for (const id of inputs) binding.deleteTensor(id);
    }
  }

  dispose(): void {
    this.#binding.deleteSavedModel(this.#id);
  }
}
