import type { Graph } from "@tributary/nn";
import type { ParameterSet } from "@tributary/protocol";
import { browserBackend } from "../backend/browser-backend.js";
import { checkInputs, type Dense } from "../graph/dense.js";
import { type Program, programOf } from "../graph/program.js";
import { EagerForward } from "../steps/eager-forward.js";

/** What `Predictor` is, in a browser: each op runs by itself on the wasm backend. */
export class BrowserPredictor implements Disposable {
  private constructor(
    private readonly program: Program,
    private readonly pass: EagerForward,
  ) {}

  /**
   * @param parameters of the graph, in whatever order
   * @throws TributaryError `backend_unavailable`, `invalid_graph`, `shape_mismatch`
   */
  static async open(graph: Graph, parameters: ParameterSet): Promise<BrowserPredictor> {
    const program = programOf(graph);
    const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
    const ordered = graph.parameters.flatMap(({ name }) => byName.get(name) ?? []);
    return new BrowserPredictor(program, new EagerForward(await browserBackend(), program, undefined, ordered));
  }

  /** The values of the first output. @throws TributaryError `shape_mismatch` */
  run(...inputs: Dense[]): Float32Array {
    checkInputs(this.program, inputs);
    return this.pass.run(inputs).outputs[0]?.values ?? new Float32Array();
  }

  [Symbol.dispose](): void {
    this.pass.dispose();
  }
}
