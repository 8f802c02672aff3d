import type { Graph } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import type { LossSpec } from "./loss-spec.js";

/** What a shard is, as far as a network must fit it. */
export interface ShardFacts {
  readonly dataset: string;
  /** Sizes of one sample, `[channels, height, width]`. */
  readonly sampleShape: readonly number[];
  readonly classes: number;
}

/** What a network that classifies samples takes and gives. */
export interface ClassifierFacts {
  /** Sizes of one sample. */
  readonly sampleShape: readonly number[];
  /** Numbers that it gives for a sample. */
  readonly classes: number;
}

/**
 * What a network takes and gives, if a job can train it: one class for each sample.
 * @throws TributaryError `invalid_graph` when it has several inputs or outputs, or an output that is not `[batch, classes]`
 */
export function classifierFacts({ name, inputs, outputs, nodes }: Graph): ClassifierFacts {
  const [input, ...otherInputs] = inputs;
  const [output, ...otherOutputs] = outputs;
  if (input === undefined || output === undefined || otherInputs.length > 0 || otherOutputs.length > 0)
    throw new TributaryError(
      "invalid_graph",
      `a job trains a network with one input and one output; ${name} has ${inputs.length} and ${outputs.length}`,
    );
  const { shape } = nodes.find((node) => node.name === output) ?? input;
  const [, classes] = shape;
  if (shape.length !== 2 || classes === undefined)
    throw new TributaryError(
      "invalid_graph",
      `a job trains a network whose output is [batch, classes]; that of ${name} is [${["batch", ...shape.slice(1)].join(", ")}]`,
    );
  return { sampleShape: input.shape.slice(1), classes };
}

/** Losses for which a network has a number for each class; others take one number for two classes. */
const takesClasses = ({ name }: Pick<LossSpec, "name">): boolean => name === "cross-entropy" || name === "nll";

/**
 * Whether a network can be trained on a shard, a class for each sample.
 * @throws TributaryError `invalid_graph`; `shape_mismatch` when its input is no sample, or it tells too few classes apart
 */
export function checkFit(
  graph: Graph,
  loss: Pick<LossSpec, "name">,
  { dataset, sampleShape, classes }: ShardFacts,
): void {
  const network = classifierFacts(graph);
  if (network.sampleShape.join() !== sampleShape.join())
    throw new TributaryError(
      "shape_mismatch",
      `${graph.name} takes [${network.sampleShape}], the samples of ${dataset} are [${sampleShape}]`,
    );
  const told = network.classes === 1 && !takesClasses(loss) ? 2 : network.classes;
  if (told < classes)
    throw new TributaryError("shape_mismatch", `${graph.name} tells ${told} classes apart, ${dataset} has ${classes}`);
}
