import type { GraphNode } from "../graph/graph.js";
import type { Shape } from "../ops/op.js";
import type { NodeWriter, Step } from "./node-writer.js";

/** A node of the catalogue at the moment that it is written. */
export interface Application {
  readonly node: GraphNode;
  /** Writes what must come before the last step. */
  readonly write: NodeWriter;
  /** Name of the first input. */
  readonly x: string;
  /** Names of all inputs, the first among them. */
  readonly inputs: readonly string[];
  /** Of the first input; -1 is the batch. */
  readonly shape: Shape;
  /** Names of the parameters by role. */
  readonly parameters: Readonly<Record<string, string | undefined>>;
  /** Shapes of the parameters by role. */
  readonly parameterShapes: Readonly<Record<string, Shape | undefined>>;
}

/** Says in ONNX what an op of the catalogue does without training: writes the steps before the last, and returns the last. */
export type OnnxRule = (application: Application) => Step;

/** Rules by the op's name in the catalogue. */
export type OnnxRules = Readonly<Record<string, OnnxRule>>;
