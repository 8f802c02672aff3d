import type * as tensorflowLayers from "@tensorflow/tfjs-layers";
import type { GraphNode } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import type { Tensor, TensorFlow } from "../backend/backend.js";

/** TensorFlow.js' layers as a value. */
export type Layers = typeof tensorflowLayers;
/** A value of a model that is being built; its shape has null for the batch. */
export type Symbolic = tensorflowLayers.SymbolicTensor;
/** A layer as the constructors in `layers` make it. */
type Layer = InstanceType<Layers["layers"]["Layer"]>;

/** A node of the catalogue at the moment that layers are made of it. */
export interface LayerApplication {
  readonly node: GraphNode;
  readonly tf: TensorFlow;
  readonly make: Layers["layers"];
  /** The first input. */
  readonly x: Symbolic;
  /** All inputs, the first among them. */
  readonly inputs: readonly Symbolic[];
  /** Sizes of the first input without the batch. */
  readonly sizes: readonly number[];
  /** Parameters by role, in PyTorch's layout. */
  readonly parameters: Readonly<Record<string, Tensor>>;
  /** A name for the next layer of this node: the node's own for the one that holds its parameters. */
  readonly name: (part?: string) => { readonly name: string };
  /** Applies a layer that has these weights, in its own layout and order. */
  readonly apply: (layer: Layer, to: Symbolic | Symbolic[], weights?: readonly Tensor[]) => Symbolic;
}

/** Makes of an op of the catalogue, as it is without training, layers of TensorFlow.js. */
export type LayerRule = (application: LayerApplication) => Symbolic;
export type LayerRules = Readonly<Record<string, LayerRule>>;

/** No layer of TensorFlow.js does what this node does. */
export const noLayer = ({ name, op }: GraphNode, what = `"${op}"`): TributaryError =>
  new TributaryError("invalid_graph", `${name}: TensorFlow.js has no layer for ${what}`, {
    hint: "Export it as ONNX or safetensors.",
  });

/** Sizes of a value without the batch. */
export const sizesOf = ({ shape: [, ...sizes] }: Symbolic): number[] => sizes.map((size) => size ?? 0);

/** Another shape for each sample, where it has another. */
export function reshaped(
  { make, apply, name }: LayerApplication,
  value: Symbolic,
  shape: readonly number[],
  part?: string,
) {
  if (sizesOf(value).join() === shape.join()) return value;
  return apply(make.reshape({ targetShape: [...shape], ...name(part) }), value);
}
