import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type Graph, type GraphNode, loadParameters, validateGraph } from "@tributary/nn";
import { type ParameterSet, TributaryError } from "@tributary/protocol";
import type { Tensor, TensorFlow } from "../backend/backend.js";
import { type LayerApplication, type Layers, noLayer, type Symbolic, sizesOf } from "./rule.js";
import { activation } from "./rules/activation.js";
import { arithmetic } from "./rules/arithmetic.js";
import { convolution } from "./rules/convolution.js";
import { dense } from "./rules/dense.js";
import { shape } from "./rules/shape.js";

const rules = { ...activation, ...arithmetic, ...convolution, ...dense, ...shape };

/**
 * A network with its parameters as a model of TensorFlow.js' layers, as it computes without training. Its inputs and outputs have
 * the graph's names and PyTorch's order of dimensions.
 *
 * @throws TributaryError `invalid_graph` naming a node that no layer does the work of; what `loadParameters` throws
 */
export function layersModelOf(tf: TensorFlow, layers: Layers, graph: Graph, parameters: ParameterSet): LayersModel {
  validateGraph(graph);
  const loaded = loadParameters(graph, parameters);
  // What is in between goes; the variables of the layers stay.
  tf.engine().startScope();
  const building = new Building(tf, layers, graph, loaded);
  try {
    const inputs = graph.inputs.map(({ name, shape: [, ...sizes] }) => building.input(name, sizes));
    for (const node of graph.nodes) building.add(node);
    return layers.model({ name: graph.name, inputs, outputs: building.outputs() });
  } catch (error) {
    building.abandon();
    throw error;
  } finally {
    tf.engine().endScope();
  }
}

class Building {
  readonly #layers: Parameters<LayerApplication["apply"]>[0][] = [];
  readonly #values = new Map<string, Symbolic>();
  readonly #tensors: ReadonlyMap<string, Tensor>;
  readonly #names: Set<string>;

  constructor(
    private readonly tf: TensorFlow,
    private readonly layers: Layers,
    private readonly graph: Graph,
    parameters: ParameterSet,
  ) {
    this.#tensors = new Map(parameters.map(({ name, shape, values }) => [name, tf.tensor(values, [...shape])]));
    this.#names = new Set([...graph.inputs, ...graph.nodes].map(({ name }) => name));
  }

  input(name: string, sizes: readonly number[]): Symbolic {
    const value = this.layers.input({ name, shape: [...sizes] });
    this.#values.set(name, value);
    return value;
  }

  add(node: GraphNode): void {
    const rule = Object.hasOwn(rules, node.op) ? rules[node.op] : undefined;
    const inputs = node.inputs.map((name) => this.#value(name));
    const [x] = inputs;
    if (rule === undefined || x === undefined) throw noLayer(node);
    const parameters = Object.entries(node.parameters).map(([role, name]) => [role, this.#tensors.get(name)]);
    try {
      const made = rule({
        ...{ node, tf: this.tf, make: this.layers.layers, x, inputs, sizes: sizesOf(x) },
        parameters: Object.fromEntries(parameters),
        name: (part) => ({ name: part === undefined ? node.name : this.#unique(`${node.name}_${part}`) }),
        apply: (...application) => this.#apply(...application),
      });
      this.#values.set(node.name, made);
    } catch (cause) {
      if (cause instanceof TributaryError) throw cause;
      throw new TributaryError("invalid_graph", `${node.name}: TensorFlow.js refuses "${node.op}" here`, { cause });
    }
  }

  /** Each by itself: an input that is returned as it is, and a value that is returned twice, go through a layer that does nothing. */
  outputs(): Symbolic[] {
    const taken = new Set(this.graph.inputs.map(({ name }) => this.#value(name)));
    return this.graph.outputs.map((name) => {
      let value = this.#value(name);
      if (taken.has(value)) {
        const layer = this.layers.layers.activation({ activation: "linear", name: this.#unique(`${name}_output`) });
        value = this.#apply(layer, value);
      }
      taken.add(value);
      return value;
    });
  }

  /** Gives back what the layers so far hold. */
  abandon(): void {
    for (const { weights } of this.#layers) for (const weight of weights) weight.dispose();
  }

  /** @throws Error of TensorFlow.js when the layer can't take the value, or the weights are not its own */
  #apply(...[layer, to, weights = []]: Parameters<LayerApplication["apply"]>): Symbolic {
    this.#layers.push(layer);
    const value = layer.apply(to);
    if (weights.length > 0) layer.setWeights([...weights]);
    if (Array.isArray(value) || !("sourceLayer" in value)) throw new Error("a layer gave no single value");
    return value;
  }

  #value(name: string): Symbolic {
    const value = this.#values.get(name);
    if (value === undefined) throw new TributaryError("invalid_graph", `nothing makes "${name}"`);
    return value;
  }

  #unique(wanted: string): string {
    let name = wanted;
    for (let count = 2; this.#names.has(name); count++) name = `${wanted}_${count}`;
    this.#names.add(name);
    return name;
  }
}
