/** A value that flows through a network: an input, or what a node made. */
export interface GraphValue {
  readonly name: string;
  /** Sizes, outermost first; -1 is the batch dimension: `[-1, 1, 28, 28]`. */
  readonly shape: readonly number[];
}

/** A setting of an op; each op of the catalogue says which it has. */
export type Attribute = number | string | boolean | readonly number[];

/** One application of an op of the catalogue. */
export interface GraphNode {
  /** Also the name of the value that it makes. */
  readonly name: string;
  /** Name of the op in the catalogue: "conv2d". */
  readonly op: string;
  /** Names of values. */
  readonly inputs: readonly string[];
  /** Role ("weight") to the name of the parameter ("conv1.weight"). */
  readonly parameters: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Shape of the value that it makes; -1 is the batch dimension. */
  readonly shape: readonly number[];
  /** Path of the layer that made it ("features.0"), "" for the root and for functional ops. */
  readonly module: string;
}

/** How a parameter begins. */
export type Initialiser =
  /** Uniform on [-bound, bound). */
  | { readonly rule: "uniform"; readonly bound: number }
  /** Normal with mean 0. */
  | { readonly rule: "normal"; readonly deviation: number }
  | { readonly rule: "constant"; readonly value: number };

/** A tensor that the network holds. Its values travel apart from the graph. */
export interface GraphParameter {
  /** PyTorch's name: "conv1.weight". */
  readonly name: string;
  /** PyTorch's layout: [out, in, kh, kw], [out, in]. */
  readonly shape: readonly number[];
  readonly initialiser: Initialiser;
  /** Whether training moves it. */
  readonly trainable: boolean;
  /** Whether it is a buffer: never trained, but changed by the op that holds it, as a running mean is. */
  readonly buffer: boolean;
}

/** Whether training leaves a parameter as it is, bit for bit. */
export const isFrozen = ({ trainable, buffer }: Pick<GraphParameter, "trainable" | "buffer">): boolean =>
  !trainable && !buffer;

/** A network as plain data. It travels as protobuf and as JSON; nodes are in execution order. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly GraphValue[];
  readonly nodes: readonly GraphNode[];
  /** Names of the values that the network returns. */
  readonly outputs: readonly string[];
  readonly parameters: readonly GraphParameter[];
}
