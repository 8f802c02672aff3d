import type { Tensor } from "@tensorflow/tfjs-core";
import type { Parameter, ParameterSet } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import { exportParameters } from "../graph/border.js";
import type { Dense } from "../graph/dense.js";
import type { Program } from "../graph/program.js";
import { withBatch, withScalars } from "./batch-tensors.js";
import { gradientsOf } from "./gradients.js";
import { HeldTensors, replace } from "./held-tensors.js";
import { moveParameters } from "./one-step.js";
import type { StepRule } from "./rule.js";
import type { Seeding, StepResult, TrainingStep } from "./training-step.js";

/**
 * Makes one step of many samples without having them in memory at once: gradients add up over batches, all at the same
 * parameters, until the samples are together. Buffers, as the running statistics of a batch norm, change with each batch.
 * It interprets the program op by op.
 */
export class AccumulatingStep implements TrainingStep {
  readonly #held: HeldTensors;
  /** By parameter, Σ samples · gradient over the batches since the last step. */
  readonly #sums = new Map<string, Tensor>();
  #samples = 0;
  #batches = 0;
  #steps = 0;

  /**
   * @param correction where the rule's objective has one
   * @throws TributaryError `shape_mismatch` when the parameters or the correction are not the graph's
   */
  constructor(
    private readonly backend: Backend,
    private readonly program: Program,
    private readonly rule: StepRule,
    private readonly samplesPerStep: number,
    private readonly seeding: Seeding,
    parameters: ParameterSet,
    correction?: ParameterSet,
  ) {
    this.#held = HeldTensors.begun(backend, program, rule, parameters, correction);
  }

  get steps(): number {
    return this.#steps;
  }

  set(parameters: ParameterSet): void {
    this.#held.begin(parameters);
    this.#forget();
    this.#batches = 0;
    this.#steps = 0;
  }

  run(input: Dense, targets: Dense, learningRate: number): StepResult {
    const { backend, program, rule, seeding } = this;
    const { parameters } = this.#held;
    const batch = this.#batches++;
    const [samples = 0] = input.shape;
    return withBatch(backend, rule, { seeding, batch }, { input, targets }, ({ loss, pass }) => {
      const made = gradientsOf(backend, program, loss, { ...pass, parameters });
      replace(this.#held.parameters, made.buffers);
      this.#add(made.gradients, samples);
      if (this.#samples >= this.samplesPerStep) this.#move(learningRate);
      return made;
    });
  }

  parameters(): Parameter[] {
    return exportParameters(this.backend, this.program, this.#held.parameters);
  }

  dispose(): void {
    this.#forget();
    this.#held.dispose();
  }

  #add(gradients: ReadonlyMap<string, Tensor>, samples: number): void {
    const { tf } = this.backend;
    const weight = this.rule.isSum ? 1 : samples;
    for (const [name, gradient] of gradients) {
      const before = this.#sums.get(name);
      const sum = tf.tidy(() => {
        const weighted = tf.mul(gradient, weight);
        return before === undefined ? weighted : tf.add(before, weighted);
      });
      replace(this.#sums, new Map([[name, sum]]));
      gradient.dispose();
    }
    this.#samples += samples;
  }

  #move(learningRate: number): void {
    const { backend, rule } = this;
    const { tf } = backend;
    const { parameters, slots } = this.#held;
    const divisor = rule.isSum ? 1 : this.#samples;
    const step = this.#steps + 1;
    const moved = withScalars(backend, rule, { step, learningRate }, (scalars) =>
      tf.tidy(() => {
        const means = new Map([...this.#sums].map(([name, sum]) => [name, tf.div(sum, divisor)]));
        const { parameters: next, slots: nextSlots } = moveParameters(backend, rule, means, {
          ...{ parameters, slots, scalars },
        });
        return { parameters: Object.fromEntries(next), slots: Object.fromEntries(nextSlots) };
      }),
    );
    this.#held.move({
      parameters: new Map(Object.entries(moved.parameters)),
      slots: new Map(Object.entries(moved.slots)),
    });
    this.#forget();
    this.#steps = step;
  }

  #forget(): void {
    this.backend.tf.dispose([...this.#sums.values()]);
    this.#sums.clear();
    this.#samples = 0;
  }
}
