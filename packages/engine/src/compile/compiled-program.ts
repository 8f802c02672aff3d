import type { NodeJSKernelBackend } from "@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js";
import type { Parameter, ParameterSet } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import type { Program } from "../graph/program.js";
import type { StepRule } from "../training/one-step.js";
import { GraphBuilder } from "./graph-builder.js";
import { type InputSpec, type Recorded, recordForward, recordStep } from "./recorded-step.js";
import { Session, type Values } from "./session.js";
import {
  addVariables,
  getName,
  RESET_DONE,
  RESTORE_DONE,
  restoreName,
  SET_DONE,
  saveName,
  setName,
  type Variables,
} from "./variables.js";

/** What a batch looks like: a recording holds for one such. */
export interface BatchSpec {
  readonly inputs: readonly InputSpec[];
  /** Absent for a forward pass. */
  readonly targets?: InputSpec;
}

/**
 * A program that libtensorflow runs as a whole: its variables, and one recorded step or forward pass for each shape of a batch
 * that has come so far. A new shape is recorded when it first comes; then the session is opened again with what the variables
 * held.
 */
export class CompiledProgram {
  readonly #backend: Backend;
  readonly #native: NodeJSKernelBackend;
  readonly #program: Program;
  readonly #rule: StepRule | undefined;
  readonly #graph = new GraphBuilder();
  readonly #variables: Variables;
  readonly #recorded = new Map<string, Recorded>();
  #session: Session | undefined;

  /** @param rule of training; undefined for forward passes */
  constructor(backend: Backend, native: NodeJSKernelBackend, program: Program, rule: StepRule | undefined) {
    this.#backend = backend;
    this.#native = native;
    this.#program = program;
    this.#rule = rule;
    this.#variables = addVariables(this.#graph, program, rule?.optimizer.slots ?? {});
  }

  /** Records for this shape of a batch, unless that is done already. @throws NotRecordable */
  prepare(spec: BatchSpec): Recorded {
    const key = JSON.stringify(spec);
    const known = this.#recorded.get(key);
    if (known !== undefined) return known;
    const recording = {
      backend: this.#backend,
      native: this.#native,
      program: this.#program,
      graph: this.#graph,
      variables: this.#variables,
    };
    const prefix = `batch${this.#recorded.size}`;
    const recorded =
      this.#rule === undefined || spec.targets === undefined
        ? recordForward(recording, prefix, spec.inputs)
        : recordStep(recording, prefix, this.#rule, { inputs: spec.inputs, targets: spec.targets });
    this.#recorded.set(key, recorded);
    this.#reopen();
    return recorded;
  }

  /** Gives the parameters these values and makes the optimizer forget. The session must be open: see `prepare`. */
  set(parameters: ParameterSet): void {
    this.#opened().run(
      new Map(parameters.map(({ shape, values }, index) => [setName(index), { shape, values }])),
      [SET_DONE],
    );
    this.#opened().run(new Map(), [RESET_DONE]);
  }

  /** The parameters in PyTorch's layout. */
  get(): Parameter[] {
    const { parameters } = this.#program.graph;
    const values = this.#opened().run(
      new Map(),
      parameters.map((_, index) => getName(index)),
    );
    return parameters.map(({ name, shape }, index) => ({ name, shape, values: values[index] ?? new Float32Array() }));
  }

  run(feeds: ReadonlyMap<string, Values>, fetches: readonly string[]): Float32Array[] {
    return this.#opened().run(feeds, fetches);
  }

  dispose(): void {
    this.#session?.dispose();
    this.#session = undefined;
  }

  #opened(): Session {
    this.#session ??= new Session(this.#native, this.#graph.nodes);
    return this.#session;
  }

  #reopen(): void {
    const before = this.#session;
    const next = new Session(this.#native, this.#graph.nodes);
    this.#session = next;
    if (before === undefined) return;
    try {
      const names = [...this.#variables.handles.keys()];
      const held = before.run(
        new Map(),
        names.map((_, index) => saveName(index)),
      );
      const feeds = names.map((name, index): [string, Values] => [
        restoreName(index),
        { shape: this.#variables.shapes.get(name) ?? [], values: held[index] ?? new Float32Array() },
      ]);
      next.run(new Map(feeds), [RESTORE_DONE]);
    } finally {
      before.dispose();
    }
  }
}
