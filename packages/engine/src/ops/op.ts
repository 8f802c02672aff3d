import type { Tensor } from "@tensorflow/tfjs-core";
import type { GraphNode } from "@tributary/nn";
import type { Backend } from "../backend/backend.js";

/**
 * Gives the mask of a dropout node: `shape` values which are 0 with probability `probability`, else `1 / (1 - probability)`.
 * It comes from outside, so that a step holds no randomness of its own and can be recorded and replayed.
 */
export type DropoutMask = (node: GraphNode, shape: readonly number[], probability: number) => Tensor;

/** What a node has while training, and not while evaluating. */
export interface TrainingContext {
  readonly dropoutMask: DropoutMask;
}

/** A node at the moment that it runs. Values of rank 4 and 5 have their channels last here. */
export interface Application {
  readonly backend: Backend;
  readonly node: GraphNode;
  readonly inputs: readonly Tensor[];
  /** By role; in the layout that the op asked for. */
  readonly parameters: Readonly<Record<string, Tensor | undefined>>;
  /** False when nothing before this node is trained. */
  readonly wantsInputGradient: boolean;
  readonly training: TrainingContext | undefined;
  /** Gives a buffer its next value, which later nodes see and which is there after the step. It gets no gradient. */
  readonly setBuffer: (role: string, value: Tensor) => void;
}

/** The axes of PyTorch's layout in the order of the op's, as `tf.transpose` takes them. */
export type Axes = readonly number[];

/** How one op of the catalogue runs. */
export interface Op {
  /** Makes the node's value. Runs inside `tf.tidy`, and its gradients are recorded. */
  readonly apply: (application: Application) => Tensor;
  /** For a role whose parameter the op wants in another layout than PyTorch's: its axes, or how they follow from its rank. */
  readonly axes?: Readonly<Record<string, Axes | ((rank: number) => Axes | undefined)>>;
}
