import type { GraphNode } from "@tributary/nn";
import { elementCount, stream } from "@tributary/protocol";
import type { Seeding } from "./training-step.js";

/**
 * The dropout masks of one step. Each comes from the stream `(seed, ...streamName, "dropout", node, step)`, so it is the
 * same on every backend and does not depend on what else was drawn.
 */
export function dropoutMasks(
  { seed, streamName }: Seeding,
  step: number,
): (node: GraphNode, shape: readonly number[], probability: number) => Float32Array {
  return (node, shape, probability) => {
    const random = stream(seed, ...streamName, "dropout", node.name, step);
    const threshold = probability * 2 ** 32;
    const scale = 1 / (1 - probability);
    const values = new Float32Array(elementCount(shape));
    for (let i = 0; i < values.length; i++) values[i] = random.uint32() < threshold ? 0 : scale;
    return values;
  };
}
