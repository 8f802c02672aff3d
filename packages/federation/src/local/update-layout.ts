import { type Graph, isFrozen } from "@tributary/nn";
import type { ExpectedParameter } from "../codecs/layout.js";

/** Name of a vector's part that belongs to a parameter, in an encoded parameter set: "control/conv1.weight". */
export const partName = (vector: string, parameter: string): string => `${vector}/${parameter}`;

/** The parts of a vector that is as long as what training changes: parameters that are trained, and buffers. */
export const partsOfVector = (vector: string, { parameters }: Pick<Graph, "parameters">): ExpectedParameter[] =>
  parameters
    .filter((parameter) => !isFrozen(parameter))
    .map(({ name, shape }) => ({ name: partName(vector, name), shape }));

/**
 * What an update consists of, in this order: the network's parameters, then the parts of each vector that comes besides.
 *
 * @param returns names of those vectors, as in an objective
 */
export const partsOfUpdate = (
  graph: Pick<Graph, "parameters">,
  returns: readonly string[] = [],
): readonly ExpectedParameter[] => [...graph.parameters, ...partsBesides(graph, returns)];

/** Those of the vectors alone. */
export const partsBesides = (
  graph: Pick<Graph, "parameters">,
  returns: readonly string[] = [],
): readonly ExpectedParameter[] => returns.flatMap((vector) => partsOfVector(vector, graph));
