import type { NodeJSKernelBackend } from "@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js";
import type { Parameter, ParameterSet } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import type { Dense } from "../graph/dense.js";
import type { Program } from "../graph/program.js";
import type { StepRule } from "../steps/rule.js";
import { GraphBuilder } from "./graph-builder.js";
import { type BatchSpec, type Recorded, recordForward, recordStep } from "./recorded-step.js";
import { NotRecordable } from "./recorder.js";
import { Session } from "./session.js";
import {
  addConstants,
  addVariables,
  CORRECT_DONE,
  type Constants,
  correctName,
  getName,
  RESET_DONE,
  RESTORE_DONE,
  restoreName,
  SET_DONE,
  saveName,
  setName,
  type Variables,
} from "./variables.js";

/** What is recorded: a step of training, or a forward pass with or without a loss. */
export type Purpose =
  | { readonly kind: "train"; readonly rule: StepRule }
  | {
      readonly kind: "evaluate";
      readonly loss?: StepRule["loss"];
      /** The parameters, when they never change: `set` and `get` are then not for this program. */
      readonly fixed?: ParameterSet;
    };

/**
 * A program that libtensorflow runs as a whole: its variables, and one recorded computation for each shape of a batch that has
 * come so far. A new shape is recorded when it first comes; then the session is opened again with what the variables held.
 */
export class CompiledProgram {
  readonly #graph = new GraphBuilder();
  readonly #variables: Variables;
  readonly #constants: Constants | undefined;
  readonly #recorded = new Map<string, Recorded>();
  #session: Session | undefined;

  constructor(
    private readonly backend: Backend,
    private readonly native: NodeJSKernelBackend,
    private readonly program: Program,
    private readonly purpose: Purpose,
  ) {
    this.#variables =
      purpose.kind === "train"
        ? addVariables(this.#graph, program, purpose.rule.optimizer.slots, purpose.rule.objective)
        : addVariables(this.#graph, program, {});
    if (purpose.kind === "evaluate" && purpose.fixed)
      this.#constants = addConstants(this.#graph, program, purpose.fixed);
  }

  /** Whether a batch of some shape was recorded. */
  get isRecorded(): boolean {
    return this.#recorded.size > 0;
  }

  /** Records for this shape of a batch, unless that is done already. @throws NotRecordable */
  prepare(spec: BatchSpec): Recorded {
    const key = JSON.stringify(spec);
    const known = this.#recorded.get(key);
    if (known !== undefined) return known;
    const before = this.#graph.nodes.length;
    try {
      const recorded = this.#record(`batch${this.#recorded.size}`, spec);
      this.#reopen();
      this.#recorded.set(key, recorded);
      return recorded;
    } catch (error) {
      this.#graph.nodes.length = before;
      throw error;
    }
  }

  /** Gives the parameters these values and makes the optimizer forget. Something must be recorded: see `prepare`. */
  set(parameters: ParameterSet): void {
    const feeds = parameters.map(({ shape, values }, index): [string, Dense] => [setName(index), { shape, values }]);
    this.#opened().run(new Map(feeds), [SET_DONE]);
    this.#opened().run(new Map(), [RESET_DONE]);
  }

  /** Gives a step whose objective is corrected its vector. @param correction of each trained parameter, in the graph's order */
  correct(correction: ParameterSet): void {
    const feeds = correction.map(({ shape, values }, index): [string, Dense] => [
      correctName(index),
      { shape, values },
    ]);
    this.#opened().run(new Map(feeds), [CORRECT_DONE]);
  }

  /** The parameters in PyTorch's layout. */
  get(): Parameter[] {
    const { parameters } = this.program.graph;
    const names = parameters.map((_, index) => getName(index));
    const values = this.#opened().run(new Map(), names);
    return parameters.map(({ name, shape }, index) => ({ name, shape, values: values[index] ?? new Float32Array() }));
  }

  /** @returns the values of the fetched nodes, in that order */
  run(feeds: ReadonlyMap<string, Dense>, fetches: readonly string[]): Float32Array[] {
    return this.#opened().run(feeds, fetches);
  }

  dispose(): void {
    this.#session?.dispose();
    this.#session = undefined;
  }

  #record(prefix: string, spec: BatchSpec): Recorded {
    const { backend, native, program, purpose } = this;
    const recording = { backend, native, program, graph: this.#graph, variables: this.#variables };
    return purpose.kind === "train"
      ? recordStep(recording, prefix, purpose.rule, spec)
      : recordForward(recording, prefix, spec, {
          ...(purpose.loss && { loss: purpose.loss }),
          ...(this.#constants && { constants: this.#constants }),
        });
  }

  #opened(): Session {
    this.#session ??= this.#open();
    return this.#session;
  }

  #open(): Session {
    try {
      return new Session(this.native, this.#graph.nodes);
    } catch (cause) {
      throw new NotRecordable("libtensorflow refuses the recorded graph", { cause });
    }
  }

  #reopen(): void {
    const before = this.#session;
    const next = this.#open();
    this.#session = next;
    if (before === undefined) return;
    try {
      if (this.#constants !== undefined) return;
      const names = [...this.#variables.handles.keys()];
      const held = before.run(
        new Map(),
        names.map((_, index) => saveName(index)),
      );
      const feeds = names.map((name, index): [string, Dense] => [
        restoreName(index),
        { shape: this.#variables.shapes.get(name) ?? [], values: held[index] ?? new Float32Array() },
      ]);
      next.run(new Map(feeds), [RESTORE_DONE]);
    } finally {
      before.dispose();
    }
  }
}
