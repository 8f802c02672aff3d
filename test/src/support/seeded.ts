import { type Graph, initialise } from "@tributary/nn";
import { elementCount, type Parameter, stream } from "@tributary/protocol";

/** As a network begins, with biases, norms and their statistics moved as if by training; the same for the same seed. */
export const seededParameters = (graph: Graph, seed: number): Parameter[] =>
  initialise(graph, seed).map(({ name, shape, values }) => {
    if (shape.length > 1) return { name, shape, values };
    const random = stream(seed, "moved", name);
    const moved = (value: number) => value + (name.endsWith("running_var") ? random.uniform() : 0.3 * random.normal());
    return { name, shape, values: values.map(moved) };
  });

export function seededInput(graph: Graph, seed: number, batch: number) {
  const random = stream(seed, "input");
  const [input] = graph.inputs;
  const shape = [batch, ...(input?.shape.slice(1) ?? [])];
  const indices = graph.nodes.some(({ op }) => op === "embedding");
  const draw = () => (indices ? random.below(7) : random.normal());
  return { name: input?.name ?? "", shape, values: Float32Array.from({ length: elementCount(shape) }, draw) };
}
