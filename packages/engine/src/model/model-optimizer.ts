import type { Tensor } from "@tensorflow/tfjs-core";
import { type ParameterSet, TributaryError } from "@tributary/protocol";
import { type Clipping, checkClipping } from "../optimizers/clipping.js";
import { type Optimizer, type OptimizerSettings, optimizerOf } from "../optimizers/optimizer.js";
import { fromZero } from "../settings/range.js";
import { moveParameters, slotName } from "../steps/one-step.js";
import type { Model } from "./model.js";

/** Moves the parameters of a model against their gradients, step by step, and remembers what it must between them. */
export class ModelOptimizer implements Disposable {
  readonly #rule: Optimizer;
  readonly #slots = new Map<string, Tensor>();
  #steps = 0;

  /** @param clipping of each step's gradients @throws TributaryError `invalid_request` when a setting is out of its range */
  constructor(
    private readonly model: Model,
    private readonly settings: OptimizerSettings,
    private readonly clipping: Clipping = {},
  ) {
    this.#rule = optimizerOf(settings);
    checkClipping(clipping);
    const { tf } = model.backend;
    const { program, tensors } = model.internals;
    for (const name of program.trained)
      for (const [slot, start] of Object.entries(this.#rule.slots))
        this.#slots.set(slotName(name, slot), tf.fill([...(tensors.get(name)?.shape ?? [])], start));
  }

  /**
   * @param gradients in PyTorch's names and layouts, as `Model.gradients` gives them; what is left out is not moved
   * @param learningRate of this step. Default: that of the settings
   * @throws TributaryError `shape_mismatch` for a gradient that fits no trained parameter; `invalid_request` for a negative learning rate.
   *   Nothing is moved then
   */
  step(gradients: ParameterSet, learningRate: number = this.settings.learningRate): void {
    fromZero(this.settings.name, { learningRate }, "learningRate");
    const { tf } = this.model.backend;
    const { program, tensors } = this.model.internals;
    const shapes = new Map(program.graph.parameters.map(({ name, shape }) => [name, String(shape)]));
    const moved = tf.tidy(() => {
      const given = new Map(
        gradients.map(({ name, shape, values }) => {
          const axes = program.axes.get(name);
          const fits = shapes.get(name) === String(shape) && tensors.get(name)?.size === values.length;
          if (!program.trained.has(name) || !fits)
            throw new TributaryError("shape_mismatch", `${name} [${shape}] is no gradient of a trained parameter`);
          const gradient = tf.tensor(values.slice(), [...shape]);
          return [name, axes === undefined ? gradient : tf.transpose(gradient, [...axes])];
        }),
      );
      const scalars = Object.fromEntries(
        Object.entries(this.#rule.scalars(this.#steps + 1, learningRate)).map(([name, value]) => [
          name,
          tf.scalar(value),
        ]),
      );
      const made = moveParameters(this.model.backend, { optimizer: this.#rule, clipping: this.clipping }, given, {
        parameters: tensors,
        slots: this.#slots,
        scalars,
      });
      return { parameters: Object.fromEntries(made.parameters), slots: Object.fromEntries(made.slots) };
    });
    this.#steps += 1;
    this.model.replace(new Map(Object.entries(moved.parameters)));
    for (const [name, tensor] of Object.entries(moved.slots)) {
      this.#slots.get(name)?.dispose();
      this.#slots.set(name, tensor);
    }
  }

  dispose(): void {
    this.model.backend.tf.dispose([...this.#slots.values()]);
    this.#slots.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
