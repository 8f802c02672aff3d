import type { Attribute, Graph, GraphNode, GraphParameter } from "@tributary/nn";
import { elementCount, type Parameter, stream } from "@tributary/protocol";
import { programOf } from "../graph/program.js";
import { type Batch, classifierOf } from "../training/batch.js";

/** One node of a chain: its op, attributes, the shapes of its parameters by role, and the shape of a sample after it. */
export interface Link {
  readonly op: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly parameters?: Readonly<Record<string, readonly number[]>>;
  readonly shape: readonly number[];
}

/** A graph that is one chain of nodes, `n0` to the last; a parameter is named "0.weight". */
export function chain(sample: readonly number[], links: readonly Link[]): Graph {
  const nodes = links.map(
    ({ op, attributes = {}, parameters = {}, shape }, index): GraphNode => ({
      name: `n${index}`,
      op,
      inputs: [index === 0 ? "images" : `n${index - 1}`],
      parameters: Object.fromEntries(Object.keys(parameters).map((role) => [role, `${index}.${role}`])),
      attributes,
      shape: [-1, ...shape],
      module: String(index),
    }),
  );
  const parameters = links.flatMap(({ parameters = {} }, index) =>
    Object.entries(parameters).map(
      ([role, shape]): GraphParameter => ({
        name: `${index}.${role}`,
        shape,
        initialiser: { rule: "constant", value: 0 },
        trainable: true,
        buffer: false,
      }),
    ),
  );
  return {
    name: "chain",
    inputs: [{ name: "images", shape: [-1, ...sample] }],
    nodes,
    outputs: [`n${links.length - 1}`],
    parameters,
  };
}

export const links = {
  conv2d: (
    weight: readonly number[],
    shape: readonly number[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Link => ({
    op: "conv2d",
    attributes: { stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1, ...attributes },
    parameters: { weight, bias: weight.slice(0, 1) },
    shape,
  }),
  relu: (shape: readonly number[]): Link => ({ op: "relu", shape }),
  flatten: (from: readonly number[]): Link => ({
    op: "flatten",
    attributes: { startDim: 1 },
    shape: [elementCount(from)],
  }),
  linear: (inputs: number, outputs: number): Link => ({
    op: "linear",
    parameters: { weight: [outputs, inputs], bias: [outputs] },
    shape: [outputs],
  }),
};

/** Small normal values, the same for the same seed. */
export function randomParameters(graph: Graph, seed: number): Parameter[] {
  return graph.parameters.map(({ name, shape }) => {
    const random = stream(seed, "parameters", name);
    return { name, shape, values: Float32Array.from({ length: elementCount(shape) }, () => 0.3 * random.normal()) };
  });
}

/** Batches of normal values with random labels, the same for the same seed. */
export function randomBatches(graph: Graph, seed: number, count: number, size: number, classes: number): Batch[] {
  const random = stream(seed, "batches");
  const sample = graph.inputs[0]?.shape.slice(1) ?? [];
  return Array.from({ length: count }, () => ({
    images: Float32Array.from({ length: size * elementCount(sample) }, () => random.normal()),
    shape: [size, ...sample],
    labels: Int32Array.from({ length: size }, () => random.below(classes)),
  }));
}

/** Random samples and labels that fit a network's input and output, indices where it looks them up; the same for the same seed. */
export function randomBatch(graph: Graph, seed: number, size: number): Batch {
  const program = programOf(graph);
  const { classes, sizes } = classifierOf(program);
  const random = stream(seed, "batch");
  const sample = graph.inputs[0]?.shape.slice(1) ?? [];
  const [rows] = program.indexed.values();
  const draw = () => (rows === undefined ? random.normal() : random.below(rows));
  return {
    images: Float32Array.from({ length: size * elementCount(sample) }, draw),
    shape: [size, ...sample],
    labels: Int32Array.from({ length: size * elementCount(sizes) }, () => random.below(classes)),
  };
}

export const plainSgd = { name: "sgd", learningRate: 0.1 } as const;
