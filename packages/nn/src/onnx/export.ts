import { type ParameterSet, TributaryError } from "@tributary/protocol";
import type { Graph, GraphNode } from "../graph/graph.js";
import { validateGraph } from "../graph/validate.js";
import { loadParameters } from "../load-parameters.js";
import type { Shape } from "../ops/op.js";
import { Names } from "./names.js";
import { NodeWriter } from "./node-writer.js";
import { dataType, encodeModel, type NodeProto } from "./proto.js";
import { onnxRules } from "./rules/rules.js";

export interface OnnxOptions {
  /** Texts kept in the file. Default none. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A protobuf message, and so an ONNX file without others beside it, is shorter than this, bytes. */
const LONGEST = 2 ** 31 - 1;

/**
 * A network with its parameters as an `.onnx` file, as it computes without training (operators of version 17). The batch is a
 * dimension of any size; inputs, outputs and parameters keep their names, parameters their layouts too, all float32.
 *
 * @param parameters those of the graph, by name
 * @throws TributaryError `invalid_graph` for an operator of one's own, which ONNX does not have; `parameters_mismatch`,
 *   `shape_mismatch`, `parameters_not_finite` as `loadParameters`; `payload_too_large` from 2 GiB on
 */
export function exportOnnx(graph: Graph, parameters: ParameterSet, options: OnnxOptions = {}): Uint8Array {
  validateGraph(graph);
  const initializers = loadParameters(graph, parameters).map(({ name, shape, values }) => ({
    name,
    dims: shape,
    dataType: dataType.float,
    values: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  }));
  const size = initializers.reduce((sum, { values }) => sum + values.length, 0);
  if (size > LONGEST)
    throw new TributaryError("payload_too_large", `${size} bytes of parameters do not fit into one ONNX file`, {
      hint: "ONNX keeps less than 2 GiB in a file; use safetensors.",
    });
  const file = encodeModel({ ...new Translation(graph).write(), initializers, metadata: options.metadata ?? {} });
  if (file.length > LONGEST)
    throw new TributaryError("payload_too_large", "the network does not fit into one ONNX file");
  return file;
}

/** The translation of one graph. */
class Translation {
  private readonly names = new Names();
  private readonly nodes: NodeProto[] = [];
  private readonly parameterShapes: ReadonlyMap<string, Shape>;
  /** Of the graph's values: their names in ONNX, and their shapes. */
  private readonly values = new Map<string, { readonly name: string; readonly shape: Shape }>();

  constructor(private readonly graph: Graph) {
    this.parameterShapes = new Map(graph.parameters.map(({ name, shape }) => [name, shape]));
    for (const name of this.parameterShapes.keys()) this.names.reserve(name);
  }

  write() {
    const { graph, nodes } = this;
    const inputs = graph.inputs.map(({ name, shape }) => this.define(name, shape));
    for (const node of graph.nodes) this.writeNode(node);
    return { name: graph.name, nodes, inputs, outputs: this.outputs() };
  }

  private writeNode(node: GraphNode): void {
    const rule = Object.hasOwn(onnxRules, node.op) ? onnxRules[node.op] : undefined;
    if (rule === undefined)
      throw new TributaryError("invalid_graph", `${node.name}: ONNX has no "${node.op}"`, {
        hint: "Networks with operators of one's own can be kept as safetensors.",
      });
    const inputs = node.inputs.map((input) => this.value(input));
    const [x] = inputs;
    if (x === undefined) throw new TributaryError("invalid_graph", `${node.name}: ${node.op} has no input`);
    const roles = Object.entries(node.parameters);
    const write = new NodeWriter(this.nodes, this.names, node.name);
    const { name } = this.define(node.name, node.shape);
    const last = rule({
      node,
      write,
      x: x.name,
      inputs: inputs.map(({ name }) => name),
      shape: x.shape,
      parameters: node.parameters,
      parameterShapes: Object.fromEntries(roles.map(([role, name]) => [role, this.parameterShapes.get(name)])),
    });
    write.last(last, name);
  }

  private define(name: string, shape: Shape) {
    const value = { name: this.names.unique(name), shape };
    this.values.set(name, value);
    return value;
  }

  private value(name: string) {
    const value = this.values.get(name);
    if (value === undefined) throw new TributaryError("invalid_graph", `nothing makes "${name}"`);
    return value;
  }

  /** An input that is returned as it is, and a value that is returned twice, get names of their own. */
  private outputs() {
    const returned = new Set(this.graph.inputs.map(({ name }) => this.value(name).name));
    return this.graph.outputs.map((output) => {
      const value = this.value(output);
      if (!returned.has(value.name)) {
        returned.add(value.name);
        return value;
      }
      const name = this.names.unique(`${output}_output`);
      new NodeWriter(this.nodes, this.names, output).last({ op: "Identity", inputs: [value.name] }, name);
      return { ...value, name };
    });
  }
}
