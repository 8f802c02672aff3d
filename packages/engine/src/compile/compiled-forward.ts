import type { NodeJSKernelBackend } from "@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js";
import type { ParameterSet } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import { checkParameters } from "../graph/border.js";
import type { Dense } from "../graph/dense.js";
import type { Program } from "../graph/program.js";
import { EagerForward, type ForwardPass, type PassLoss, type PassResult } from "../steps/eager-forward.js";
import { CompiledProgram } from "./compiled-program.js";
import { acquire, orEager, release, specOf } from "./compiling.js";

/** Parameters of more bytes than this are variables: a graph that holds them as constants has to be written and read. */
const MOST_CONSTANTS = 256 * 2 ** 20;

/** Replays a recorded forward pass, and interprets the program where it can't be recorded. */
export class CompiledForward implements ForwardPass {
  readonly #key: string;
  readonly #compiled: CompiledProgram;
  #instead: EagerForward | undefined;
  readonly #loss: PassLoss | undefined;
  /** Whether the parameters are constants of the graph. */
  readonly #isFixed: boolean;
  #isSet = false;

  /** @throws TributaryError `shape_mismatch` when the parameters are not the graph's */
  constructor(
    private readonly backend: Backend,
    native: NodeJSKernelBackend,
    private readonly program: Program,
    { loss, isLasting }: { readonly loss: PassLoss | undefined; readonly isLasting: boolean },
    private readonly parameters: ParameterSet,
  ) {
    checkParameters(program, parameters);
    this.#loss = loss;
    this.#key = `evaluate ${loss?.key} ${JSON.stringify(program.graph)}`;
    const purpose = { kind: "evaluate" as const, ...(loss && { loss: loss.apply }) };
    this.#isFixed = isLasting && parameters.reduce((sum, { values }) => sum + values.byteLength, 0) <= MOST_CONSTANTS;
    this.#compiled = this.#isFixed
      ? new CompiledProgram(backend, native, program, { ...purpose, fixed: parameters })
      : acquire(backend, native, program, purpose, this.#key);
  }

  run(inputs: readonly Dense[], targets?: Dense): PassResult {
    if (this.#instead !== undefined) return this.#instead.run(inputs, targets);
    return orEager(
      `evaluation of ${this.program.graph.name}`,
      () => this.#replay(inputs, targets),
      () => {
        this.#instead = new EagerForward(this.backend, this.program, this.#loss, this.parameters);
        return this.#instead.run(inputs, targets);
      },
    );
  }

  dispose(): void {
    this.#instead?.dispose();
    if (this.#isFixed) this.#compiled.dispose();
    else release(this.backend, this.#key, this.#compiled);
  }

  #replay(inputs: readonly Dense[], targets: Dense | undefined): PassResult {
    const recorded = this.#compiled.prepare(specOf(inputs, targets));
    if (!this.#isSet && !this.#isFixed) this.#compiled.set(this.parameters);
    this.#isSet = true;
    const feeds = new Map<string, Dense>();
    for (const [index, name] of recorded.inputs.entries()) {
      const input = inputs[index];
      if (input !== undefined) feeds.set(name, input);
    }
    if (targets !== undefined) feeds.set(recorded.targets, targets);
    const hasLoss = recorded.loss !== "";
    const values = this.#compiled.run(feeds, [...recorded.outputs, ...(hasLoss ? [recorded.loss] : [])]);
    return {
      outputs: recorded.shapes.map((shape, index) => ({ shape, values: values[index] ?? new Float32Array() })),
      loss: (hasLoss ? values.at(-1)?.[0] : undefined) ?? Number.NaN,
    };
  }
}
