import type { Parameter, ParameterSet } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import { exportParameters } from "../graph/border.js";
import type { Dense } from "../graph/dense.js";
import type { Program } from "../graph/program.js";
import { withBatch, withScalars } from "./batch-tensors.js";
import { HeldTensors } from "./held-tensors.js";
import { oneStep } from "./one-step.js";
import type { StepRule } from "./rule.js";
import type { Seeding, StepResult, TrainingStep } from "./training-step.js";

/** Interprets the program op by op in every step. */
export class EagerStep implements TrainingStep {
  readonly #held: HeldTensors;
  #steps = 0;

  /**
   * @param correction where the rule's objective has one
   * @throws TributaryError `shape_mismatch` when the parameters or the correction are not the graph's
   */
  constructor(
    private readonly backend: Backend,
    private readonly program: Program,
    private readonly rule: StepRule,
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
    this.#steps = 0;
  }

  /** Draws towards other parameters than those that it began with. */
  drawTowards(start: ParameterSet): void {
    this.#held.drawTowards(start);
  }

  run(input: Dense, targets: Dense, learningRate: number): StepResult {
    const { backend, program, rule, seeding } = this;
    const { parameters, slots } = this.#held;
    const batch = this.#steps;
    this.#steps += 1;
    return withBatch(backend, rule, { seeding, batch }, { input, targets }, ({ loss, pass }) =>
      withScalars(backend, rule, { step: this.#steps, learningRate }, (scalars) => {
        const made = oneStep(backend, program, { ...rule, loss }, { ...pass, parameters, slots, scalars });
        this.#held.move(made);
        return made;
      }),
    );
  }

  parameters(): Parameter[] {
    return exportParameters(this.backend, this.program, this.#held.parameters);
  }

  dispose(): void {
    this.#held.dispose();
  }
}
