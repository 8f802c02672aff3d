import { elementCount, type ParameterSet, type RandomStream, stream } from "@tributary/protocol";
import type { Graph, Initialiser } from "./graph/graph.js";

/**
 * The parameters that a model begins with: each drawn from its own stream, ("initialise", name), so that adding a layer
 * does not change the others.
 */
export function initialise(graph: Graph, seed: number): ParameterSet {
  return graph.parameters.map(({ name, shape, initialiser }) => {
    const draw = sampler(initialiser, stream(seed, "initialise", name));
    return { name, shape, values: new Float32Array(elementCount(shape)).map(draw) };
  });
}

function sampler(initialiser: Initialiser, random: RandomStream): () => number {
  switch (initialiser.rule) {
    case "uniform":
      return () => (2 * random.uniform() - 1) * initialiser.bound;
    case "normal":
      return () => random.normal() * initialiser.deviation;
    case "constant":
      return () => initialiser.value;
    default:
      return initialiser satisfies never;
  }
}
