import type { Tensor } from "@tensorflow/tfjs-core";
import type { Graph } from "@tributary/nn";
import { type Parameter, type ParameterSet, TributaryError } from "@tributary/protocol";
import { activate, type Backend, type TensorFlow } from "../backend/backend.js";
import { exportParameters, exportValues, importParameters, valuesOf } from "../graph/border.js";
import { checkFilled, checkInputs, type Dense, toTensor } from "../graph/dense.js";
import { interpret } from "../graph/interpret.js";
import { type Program, programOf } from "../graph/program.js";
import type { Output } from "../inference/predictor.js";
import { checkLabels } from "../losses/labels.js";
import { type LossSettings, lossOf } from "../losses/loss.js";
import { dropoutMasks } from "../steps/dropout-masks.js";
import { gradientsOf, type LossFunction } from "../steps/gradients.js";
import type { Seeding } from "../steps/training-step.js";

/** A loss of one's own, made of TensorFlow.js' ops: one number out of what the network gave. */
export type OwnLoss = (tf: TensorFlow, outputs: readonly Tensor[]) => Tensor;

/** What `Model.gradients` found, in PyTorch's names and layouts. */
export interface GradientResult {
  readonly loss: number;
  /** Before any move. */
  readonly outputs: readonly Output[];
  /** Of each trained parameter that the loss depends on. */
  readonly gradients: readonly Parameter[];
  /** Of each input, when `inputGradients` was asked for; undefined where the loss does not depend on it. */
  readonly inputGradients: readonly (Output | undefined)[];
}

export interface GradientOptions {
  /** Default false. */
  readonly inputGradients?: boolean;
  /** Where dropout's masks come from. Default: seed 0. Give another `streamName` for each step. */
  readonly seeding?: Seeding;
}

/**
 * A network with its parameters, for training loops by hand: `forward`, `gradients`, and an optimizer's `step`. It runs op by op, so
 * that every part can be looked at; `train` is faster. Dispose of it when it is no longer needed.
 *
 * @example
 * ```ts
 * using model = await Model.open(backend, graph, initialise(graph, 1));
 * using optimizer = new ModelOptimizer(model, { name: "adam", learningRate: 1e-3 });
 * for (const { images, shape, labels } of batches) {
 *   const input = { shape, values: images };
 *   const { loss, gradients } = model.gradients([input], { shape: [labels.length], values: labels }, { name: "cross-entropy" });
 *   optimizer.step(gradients);
 * }
 * ```
 */
export class Model implements Disposable {
  readonly #tensors: Map<string, Tensor>;

  private constructor(
    readonly backend: Backend,
    private readonly program: Program,
    parameters: ParameterSet,
  ) {
    this.#tensors = importParameters(backend, program, parameters);
  }

  /** The parameters are copied. @throws TributaryError `invalid_graph`, `shape_mismatch` */
  static async open(backend: Backend, graph: Graph, parameters: ParameterSet): Promise<Model> {
    const program = programOf(graph);
    await activate(backend.tf, backend.name);
    return new Model(backend, program, parameters);
  }

  /** The outputs in evaluation mode. @throws TributaryError `shape_mismatch` */
  forward(...inputs: Dense[]): Output[] {
    const { backend, program } = this;
    const { tf } = backend;
    checkInputs(program, inputs);
    const outputs = tf.tidy(() =>
      interpret(
        backend,
        program,
        inputs.map((input) => toTensor(tf, input)),
        { parameters: this.#tensors },
      ),
    );
    try {
      return outputs.map(asOutput);
    } finally {
      tf.dispose(outputs);
    }
  }

  /**
   * Forward and backward in training mode. Running statistics move, parameters do not.
   *
   * @param targets for a loss by name: class indices as an Int32Array, or values of the outputs' shape
   * @param loss by its settings, of the first output; or a function of one's own, which `targets` do not reach
   * @throws TributaryError `shape_mismatch`, `invalid_request`
   */
  gradients(
    inputs: readonly Dense[],
    targets: Dense | undefined,
    loss: LossSettings | OwnLoss,
    { inputGradients = false, seeding = { seed: 0, streamName: [] } }: GradientOptions = {},
  ): GradientResult {
    const { backend, program } = this;
    const { tf } = backend;
    checkInputs(program, inputs);
    if (targets !== undefined) checkTargets(program, loss, targets);
    const masks = dropoutMasks(seeding, 0);
    const tensors = inputs.map((input) => toTensor(tf, input));
    const wanted = targets && toTensor(tf, targets);
    try {
      const pass = gradientsOf(backend, program, lossFunction(tf, loss, wanted), {
        inputs: tensors,
        parameters: this.#tensors,
        wantsInputGradients: inputGradients,
        dropoutMask: (node, shape, probability) => tf.tensor(masks(node, shape, probability), [...shape]),
      });
      try {
        for (const [name, next] of pass.buffers) this.#replace(name, next);
        return {
          loss: valuesOf(pass.loss)[0] ?? Number.NaN,
          outputs: pass.outputs.map(asOutput),
          gradients: program.graph.parameters.flatMap(({ name, shape }) => {
            const gradient = pass.gradients.get(name);
            return gradient ? [{ name, shape, values: exportValues(backend, program, name, gradient) }] : [];
          }),
          inputGradients: pass.inputGradients.map((gradient) => gradient && asOutput(gradient)),
        };
      } finally {
        tf.dispose([...pass.outputs, pass.loss, ...pass.gradients.values()]);
        tf.dispose(pass.inputGradients.filter((gradient) => gradient !== undefined));
      }
    } finally {
      tf.dispose(tensors);
      wanted?.dispose();
    }
  }

  /** Copies of the parameters and buffers, in the order of the graph. */
  parameters(): Parameter[] {
    return exportParameters(this.backend, this.program, this.#tensors);
  }

  /** Puts other values in place of the parameters and buffers; they are copied. @throws TributaryError `shape_mismatch` */
  load(parameters: ParameterSet): void {
    this.replace(importParameters(this.backend, this.program, parameters));
  }

  /** What an optimizer needs of a model: its graph and its tensors in the engine's layout. For `ModelOptimizer`. */
  get internals(): { readonly program: Program; readonly tensors: ReadonlyMap<string, Tensor> } {
    return { program: this.program, tensors: this.#tensors };
  }

  /** Puts tensors in the engine's layout in place of parameters; they are the model's from here on. For `ModelOptimizer`. */
  replace(next: ReadonlyMap<string, Tensor>): void {
    for (const [name, tensor] of next) this.#replace(name, tensor);
  }

  dispose(): void {
    this.backend.tf.dispose([...this.#tensors.values()]);
    this.#tensors.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #replace(name: string, next: Tensor): void {
    this.#tensors.get(name)?.dispose();
    this.#tensors.set(name, next);
  }
}

const asOutput = (tensor: Tensor): Output => ({ shape: tensor.shape, values: valuesOf(tensor) });

/** A label that is no class would count as ignored. @throws TributaryError `shape_mismatch` */
function checkTargets({ outputs }: Program, loss: LossSettings | OwnLoss, targets: Dense): void {
  checkFilled("targets", targets);
  if (typeof loss === "function" || !(targets.values instanceof Int32Array)) return;
  if (loss.name !== "cross-entropy" && loss.name !== "nll") return;
  const [, classes = 0] = outputs[0]?.shape ?? [];
  checkLabels(targets.values, classes, loss.ignoreIndex);
}

function lossFunction(tf: TensorFlow, loss: LossSettings | OwnLoss, targets: Tensor | undefined): LossFunction {
  if (typeof loss === "function") return (outputs) => loss(tf, outputs);
  const rule = lossOf(loss);
  return ([output]) => {
    if (output === undefined || targets === undefined)
      throw new TributaryError("invalid_request", `${loss.name} needs an output and targets`);
    return rule.apply(tf, output, targets);
  };
}
