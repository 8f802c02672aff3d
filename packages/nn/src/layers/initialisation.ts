import type { Initialiser } from "../graph/graph.js";

/**
 * Uniform on ± 1 / √fanIn: what PyTorch's `reset_parameters` of convolutions and linear layers comes to
 * (`kaiming_uniform_` with a = √5 for weights, the same bound for biases).
 */
export const uniformByFanIn = (fanIn: number): Initialiser => ({ rule: "uniform", bound: 1 / Math.sqrt(fanIn) });
