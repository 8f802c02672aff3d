import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
import type { GraphBuilder } from "./graph-builder.js";
import type { ValueSpec } from "./recorded-step.js";
import type { Recorder } from "./recorder.js";
import type { Constants, Variables } from "./variables.js";

/** Tensors that stand for placeholders and variables while a computation runs for the recorder. Their values are zeros. */
export class StandIns {
  readonly #all: Tensor[] = [];

  constructor(
    private readonly tf: TensorFlow,
    private readonly graph: GraphBuilder,
    private readonly recorder: Recorder,
  ) {}

  placeholder(name: string, { shape, dtype }: ValueSpec): Tensor {
    return this.#bound(this.graph.placeholder(name, dtype, shape), shape, dtype);
  }

  /** Each variable as it is when the computation begins. */
  variables({ handles, shapes }: Variables): Map<string, Tensor> {
    return new Map(
      [...handles].map(([name, handle]) => [
        name,
        this.#bound(this.graph.read(handle), shapes.get(name) ?? [], "float32"),
      ]),
    );
  }

  /** Parameters whose values never change. */
  constants(constants: Constants): Map<string, Tensor> {
    return new Map([...constants].map(([name, { node, shape }]) => [name, this.#bound(node, shape, "float32")]));
  }

  dispose(): void {
    this.tf.dispose(this.#all);
  }

  #bound(node: string, shape: readonly number[], dtype: ValueSpec["dtype"]): Tensor {
    const tensor = this.tf.keep(this.tf.zeros([...shape], dtype));
    this.#all.push(tensor);
    this.recorder.bind(tensor, node);
    return tensor;
  }
}
