import type { Tensor } from "@tensorflow/tfjs-core";
import type { ParameterSet } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import { importParameters, importValues } from "../graph/border.js";
import type { Program } from "../graph/program.js";
import { CORRECTION, correctionFor, START } from "./objective.js";
import { type Moved, slotName } from "./one-step.js";
import type { StepRule } from "./rule.js";

/** The tensors that a step which is run op by op holds from batch to batch. */
export class HeldTensors {
  readonly parameters = new Map<string, Tensor>();
  /** By `slotName`: what the optimizer remembers, and what the objective needs. */
  readonly slots = new Map<string, Tensor>();

  private constructor(
    private readonly backend: Backend,
    private readonly program: Program,
    private readonly rule: StepRule,
  ) {}

  /**
   * @param correction where the rule's objective has one
   * @throws TributaryError `shape_mismatch` when the parameters or the correction are not the graph's: nothing is held then
   */
  static begun(
    backend: Backend,
    program: Program,
    rule: StepRule,
    parameters: ParameterSet,
    correction?: ParameterSet,
  ): HeldTensors {
    const held = new HeldTensors(backend, program, rule);
    try {
      held.begin(parameters);
      if (correction !== undefined) held.#setVectors(CORRECTION, correctionFor(program, correction));
      return held;
    } catch (error) {
      held.dispose();
      throw error;
    }
  }

  /** Begins anew, with these parameters. @throws TributaryError `shape_mismatch` when they are not the graph's */
  begin(parameters: ParameterSet): void {
    const { backend, program, rule } = this;
    const { tf } = backend;
    replace(this.parameters, importParameters(backend, program, parameters));
    const slots = new Map<string, Tensor>();
    for (const name of program.trained) {
      const parameter = this.parameters.get(name);
      if (parameter === undefined) continue;
      for (const [slot, start] of Object.entries(rule.optimizer.slots))
        slots.set(slotName(name, slot), tf.fill([...parameter.shape], start));
    }
    replace(this.slots, slots);
    if (rule.objective.proximalMu !== 0) this.drawTowards(parameters);
  }

  /** Sets w₀ of the proximal term. @param start the graph's parameters */
  drawTowards(start: ParameterSet): void {
    this.#setVectors(START, start);
  }

  /** Takes over what a step changed. */
  move({ parameters, slots }: Moved): void {
    replace(this.parameters, parameters);
    replace(this.slots, slots);
  }

  dispose(): void {
    this.backend.tf.dispose([...this.parameters.values(), ...this.slots.values()]);
    this.parameters.clear();
    this.slots.clear();
  }

  #setVectors(slot: string, vectors: ParameterSet): void {
    const { backend, program } = this;
    const trained = vectors.filter(({ name }) => program.trained.has(name));
    replace(
      this.slots,
      new Map(trained.map((vector) => [slotName(vector.name, slot), importValues(backend, program, vector)])),
    );
  }
}

/** Frees what it replaces. */
export function replace(held: Map<string, Tensor>, next: ReadonlyMap<string, Tensor>): void {
  for (const [name, tensor] of next) {
    held.get(name)?.dispose();
    held.set(name, tensor);
  }
}
