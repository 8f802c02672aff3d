import type { Graph } from "@tributary/nn";
import { elementCount, type ParameterSet } from "@tributary/protocol";

/** How many numbers a network's parameters are, those that are not trained too. */
export const elementsOf = ({ parameters }: Graph): number =>
  parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0);

/** Memory for a model that every thread of this process sees: all parameters in the graph's order, one after the other. */
export const sharedVector = (graph: Graph): Float32Array =>
  new Float32Array(new SharedArrayBuffer(elementsOf(graph) * Float32Array.BYTES_PER_ELEMENT));

/** The parameters that lie in a vector; they are views of it. */
export function parametersIn(graph: Graph, vector: Float32Array): ParameterSet {
  let at = 0;
  return graph.parameters.map(({ name, shape }) => {
    const start = at;
    at += elementCount(shape);
    return { name, shape, values: vector.subarray(start, at) };
  });
}

/** Writes parameters into a vector. */
export function writeParameters(parameters: ParameterSet, vector: Float32Array): void {
  let at = 0;
  for (const { values } of parameters) {
    vector.set(values, at);
    at += values.length;
  }
}
