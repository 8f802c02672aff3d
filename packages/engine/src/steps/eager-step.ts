import type { Tensor } from "@tensorflow/tfjs-core";
import { type Parameter, type ParameterSet, TributaryError } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import { exportParameters, importParameters, valuesOf } from "../graph/border.js";
import { type Dense, toTensor } from "../graph/dense.js";
import type { Program } from "../graph/program.js";
import { dropoutMasks } from "./dropout-masks.js";
import { oneStep, slotName } from "./one-step.js";
import type { StepRule } from "./rule.js";
import type { Seeding, StepResult, TrainingStep } from "./training-step.js";

/** Interprets the program op by op in every step. */
export class EagerStep implements TrainingStep {
  readonly #parameters = new Map<string, Tensor>();
  readonly #slots = new Map<string, Tensor>();
  #steps = 0;

  /** @throws TributaryError `shape_mismatch` when the parameters are not the graph's */
  constructor(
    private readonly backend: Backend,
    private readonly program: Program,
    private readonly rule: StepRule,
    private readonly seeding: Seeding,
    parameters: ParameterSet,
  ) {
    this.set(parameters);
  }

  set(parameters: ParameterSet): void {
    const { backend, program, rule } = this;
    replace(this.#parameters, importParameters(backend, program, parameters));
    const slots = new Map<string, Tensor>();
    for (const name of program.trained)
      for (const [slot, start] of Object.entries(rule.optimizer.slots)) {
        const { shape = [] } = this.#parameters.get(name) ?? {};
        slots.set(slotName(name, slot), backend.tf.fill([...shape], start));
      }
    replace(this.#slots, slots);
    this.#steps = 0;
  }

  run(input: Dense, targets: Dense, learningRate: number): StepResult {
    const { backend, program, rule, seeding } = this;
    const { tf } = backend;
    const masks = dropoutMasks(seeding, this.#steps);
    this.#steps += 1;
    const given = toTensor(tf, input);
    const wanted = toTensor(tf, targets);
    const scalars = Object.fromEntries(
      Object.entries(rule.optimizer.scalars(this.#steps, learningRate)).map(([name, value]) => [
        name,
        tf.scalar(value),
      ]),
    );
    try {
      const loss = (outputs: readonly Tensor[]) => rule.loss(first(outputs), wanted);
      const made = oneStep(
        backend,
        program,
        { ...rule, loss },
        {
          inputs: [given],
          parameters: this.#parameters,
          slots: this.#slots,
          scalars,
          dropoutMask: (node, shape, probability) => tf.tensor(masks(node, shape, probability), [...shape]),
        },
      );
      replace(this.#parameters, made.parameters);
      replace(this.#slots, made.slots);
      try {
        return { outputs: valuesOf(first(made.outputs)), loss: valuesOf(made.loss)[0] ?? Number.NaN };
      } finally {
        tf.dispose([...made.outputs, made.loss]);
      }
    } finally {
      tf.dispose([given, wanted, ...Object.values(scalars)]);
    }
  }

  parameters(): Parameter[] {
    return exportParameters(this.backend, this.program, this.#parameters);
  }

  dispose(): void {
    this.backend.tf.dispose([...this.#parameters.values(), ...this.#slots.values()]);
    this.#parameters.clear();
    this.#slots.clear();
  }
}

function first(outputs: readonly Tensor[]): Tensor {
  const [output] = outputs;
  if (output === undefined) throw new TributaryError("invalid_graph", "the graph has no output");
  return output;
}

function replace(held: Map<string, Tensor>, next: ReadonlyMap<string, Tensor>): void {
  for (const [name, tensor] of next) {
    held.get(name)?.dispose();
    held.set(name, tensor);
  }
}
