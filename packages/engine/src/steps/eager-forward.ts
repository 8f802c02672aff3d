import type { Tensor } from "@tensorflow/tfjs-core";
import type { ParameterSet } from "@tributary/protocol";
import { TributaryError } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import { importParameters, valuesOf } from "../graph/border.js";
import { type Dense, toTensor } from "../graph/dense.js";
import { interpret } from "../graph/interpret.js";
import type { Program } from "../graph/program.js";

/** A loss for passes without training; the same function has the same key. */
export interface PassLoss {
  readonly apply: (outputs: Tensor, targets: Tensor) => Tensor;
  readonly key: string;
}

export interface PassResult {
  /** In PyTorch's layout. */
  readonly outputs: readonly { readonly shape: readonly number[]; readonly values: Float32Array }[];
  /** Of the first output; NaN without targets. */
  readonly loss: number;
}

/** A model in evaluation mode, its parameters fixed. */
export interface ForwardPass {
  /** On checked inputs. */
  run(inputs: readonly Dense[], targets?: Dense): PassResult;
  dispose(): void;
}

/** Interprets the program op by op. */
export class EagerForward implements ForwardPass {
  readonly #parameters: Map<string, Tensor>;

  /** @throws TributaryError `shape_mismatch` when the parameters are not the graph's */
  constructor(
    private readonly backend: Backend,
    private readonly program: Program,
    private readonly loss: PassLoss | undefined,
    parameters: ParameterSet,
  ) {
    this.#parameters = importParameters(backend, program, parameters);
  }

  run(inputs: readonly Dense[], targets?: Dense): PassResult {
    const { backend, program, loss } = this;
    const { tf } = backend;
    const made = tf.tidy(() => {
      const given = inputs.map((input) => toTensor(tf, input));
      const outputs = interpret(backend, program, given, { parameters: this.#parameters });
      const [first] = outputs;
      if (first === undefined) throw new TributaryError("invalid_graph", "the graph has no output");
      return { outputs, loss: loss && targets ? [loss.apply(first, toTensor(tf, targets))] : [] };
    });
    try {
      const outputs = made.outputs.map((output) => ({ shape: output.shape, values: valuesOf(output) }));
      const [value] = made.loss;
      return { outputs, loss: (value && valuesOf(value)[0]) ?? Number.NaN };
    } finally {
      tf.dispose([...made.outputs, ...made.loss]);
    }
  }

  dispose(): void {
    this.backend.tf.dispose([...this.#parameters.values()]);
  }
}
