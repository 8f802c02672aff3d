import type { NodeJSKernelBackend } from "@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js";
import type { Parameter, ParameterSet } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import { checkParameters } from "../graph/border.js";
import type { Dense } from "../graph/dense.js";
import type { Program } from "../graph/program.js";
import { dropoutMasks } from "../steps/dropout-masks.js";
import { EagerStep } from "../steps/eager-step.js";
import { correctionFor } from "../steps/objective.js";
import type { StepRule } from "../steps/rule.js";
import type { Seeding, StepResult, TrainingStep } from "../steps/training-step.js";
import type { CompiledProgram } from "./compiled-program.js";
import { acquire, orEager, release, specOf } from "./compiling.js";
import type { Recorded } from "./recorded-step.js";

/** Replays a recorded step, and interprets the program where it can't be recorded. */
export class CompiledStep implements TrainingStep {
  readonly #key: string;
  readonly #compiled: CompiledProgram;
  #instead: EagerStep | undefined;
  /** Until the first batch has told what to record. */
  #initial: ParameterSet | undefined;
  /** What a proximal term draws towards; undefined: there is none. */
  #start: ParameterSet | undefined;
  /** Of each trained parameter, in the graph's order; undefined: none. */
  readonly #correction: ParameterSet | undefined;
  #steps = 0;

  /**
   * @param correction where the rule's objective has one
   * @throws TributaryError `shape_mismatch` when the parameters or the correction are not the graph's
   */
  constructor(
    private readonly backend: Backend,
    native: NodeJSKernelBackend,
    private readonly program: Program,
    private readonly rule: StepRule,
    private readonly seeding: Seeding,
    parameters: ParameterSet,
    correction?: ParameterSet,
  ) {
    checkParameters(program, parameters);
    this.#correction = correction && correctionFor(program, correction);
    this.#initial = parameters;
    this.#rememberStart(parameters);
    this.#key = `train ${rule.key} ${JSON.stringify(program.graph)}`;
    this.#compiled = acquire(backend, native, program, { kind: "train", rule }, this.#key);
  }

  get steps(): number {
    return this.#steps + (this.#instead?.steps ?? 0);
  }

  run(input: Dense, targets: Dense, learningRate: number): StepResult {
    if (this.#instead !== undefined) return this.#instead.run(input, targets, learningRate);
    return orEager(
      `training of ${this.program.graph.name}`,
      () => this.#replay(this.#prepared(input, targets), input, targets, learningRate),
      () => this.#interpreting().run(input, targets, learningRate),
    );
  }

  parameters(): Parameter[] {
    if (this.#initial !== undefined) return this.#initial.map((one) => ({ ...one, values: one.values.slice() }));
    return this.#instead?.parameters() ?? this.#compiled.get();
  }

  set(parameters: ParameterSet): void {
    checkParameters(this.program, parameters);
    this.#steps = 0;
    this.#rememberStart(parameters);
    if (this.#instead !== undefined) this.#instead.set(parameters);
    else if (this.#compiled.isRecorded) this.#compiled.set(parameters);
    if (this.#initial !== undefined) this.#initial = parameters;
  }

  dispose(): void {
    this.#instead?.dispose();
    release(this.backend, this.#key, this.#compiled);
  }

  #prepared(input: Dense, targets: Dense): Recorded {
    const recorded = this.#compiled.prepare(specOf([input], targets));
    if (this.#initial !== undefined) {
      this.#compiled.set(this.#initial);
      if (this.#correction !== undefined) this.#compiled.correct(this.#correction);
    }
    this.#initial = undefined;
    return recorded;
  }

  #rememberStart(parameters: ParameterSet): void {
    if (this.rule.objective.proximalMu !== 0) this.#start = parameters;
  }

  #interpreting(): EagerStep {
    const { backend, program, rule, seeding } = this;
    this.#instead = new EagerStep(backend, program, rule, seeding, this.parameters(), this.#correction);
    if (this.#start !== undefined) this.#instead.drawTowards(this.#start);
    this.#initial = undefined;
    return this.#instead;
  }

  #replay(recorded: Recorded, input: Dense, targets: Dense, learningRate: number): StepResult {
    const masks = dropoutMasks(this.seeding, this.#steps);
    this.#steps += 1;
    const scalars = this.rule.optimizer.scalars(this.#steps, learningRate);
    const feeds = new Map<string, Dense>();
    for (const name of recorded.inputs) feeds.set(name, input);
    feeds.set(recorded.targets, targets);
    for (const [name, placeholder] of Object.entries(recorded.scalars))
      feeds.set(placeholder, { shape: [], values: Float32Array.of(scalars[name] ?? Number.NaN) });
    for (const { placeholder, node, shape, probability } of recorded.masks)
      feeds.set(placeholder, { shape, values: masks(node, shape, probability) });
    const [loss, outputs] = this.#compiled.run(feeds, [recorded.loss, recorded.outputs[0] ?? ""]);
    return { outputs: outputs ?? new Float32Array(), loss: loss?.[0] ?? Number.NaN };
  }
}
