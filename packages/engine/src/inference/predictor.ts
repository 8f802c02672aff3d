import type { Graph } from "@tributary/nn";
import type { ParameterSet } from "@tributary/protocol";
import { activate, type Backend } from "../backend/backend.js";
import { checkInputs, type Dense } from "../graph/dense.js";
import { type Program, programOf } from "../graph/program.js";
import type { ForwardPass, PassResult } from "../steps/eager-forward.js";
import { openForward } from "../steps/open-forward.js";

/** What a model gives: float32 values in PyTorch's layout, row-major. */
export type Output = PassResult["outputs"][number];

/**
 * A model in evaluation mode: its parameters are fixed, dropout does nothing, batch norms use their running statistics. Dispose
 * of it when it is no longer needed.
 *
 * @example
 * ```ts
 * using predictor = await Predictor.open(backend, graph, parameters);
 * const [logits] = predictor.run({ shape: [1, 1, 28, 28], values: pixels });
 * ```
 */
export class Predictor implements Disposable {
  private constructor(
    private readonly program: Program,
    private readonly pass: ForwardPass,
  ) {}

  /** @throws TributaryError `invalid_graph`, `shape_mismatch` */
  static async open(backend: Backend, graph: Graph, parameters: ParameterSet): Promise<Predictor> {
    const program = programOf(graph);
    await activate(backend.tf, backend.name);
    return new Predictor(program, openForward(backend, program, parameters, { isLasting: true }));
  }

  /** @param inputs one for each input of the graph, `[batch, ...]` @throws TributaryError `shape_mismatch` */
  run(...inputs: Dense[]): readonly Output[] {
    checkInputs(this.program, inputs);
    return this.pass.run(inputs).outputs;
  }

  dispose(): void {
    this.pass.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * The outputs of a model of one input and one output for one batch: row-major, in PyTorch's layout.
 * @throws TributaryError `invalid_graph`, `shape_mismatch`
 */
export async function forward(
  backend: Backend,
  graph: Graph,
  parameters: ParameterSet,
  images: Float32Array,
  shape: readonly number[],
): Promise<Float32Array> {
  const program = programOf(graph);
  const inputs = [{ shape, values: images }];
  checkInputs(program, inputs);
  await activate(backend.tf, backend.name);
  const pass = openForward(backend, program, parameters);
  try {
    return pass.run(inputs).outputs[0]?.values ?? new Float32Array();
  } finally {
    pass.dispose();
  }
}
