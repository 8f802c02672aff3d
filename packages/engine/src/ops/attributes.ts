import type { Tensor } from "@tensorflow/tfjs-core";
import type { GraphNode } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import type { Pair } from "../kernels/edge.js";
import type { Application } from "./op.js";

/** [top, bottom, left, right] in values. */
export type Padding = readonly [number, number, number, number];

const wrong = (node: GraphNode, name: string, wanted: string) =>
  new TributaryError("invalid_graph", `${node.name}: attribute "${name}" of ${node.op} must be ${wanted}`);

/** @throws TributaryError `invalid_graph` */
export function numberAttribute(node: GraphNode, name: string): number {
  const value = node.attributes[name];
  if (typeof value !== "number") throw wrong(node, name, "a number");
  return value;
}

/** @throws TributaryError `invalid_graph` */
export function pairAttribute(node: GraphNode, name: string): Pair {
  const value = node.attributes[name];
  if (!Array.isArray(value)) throw wrong(node, name, "two numbers");
  const [first, second] = value;
  if (value.length !== 2 || first === undefined || second === undefined) throw wrong(node, name, "two numbers");
  return [first, second];
}

/** @throws TributaryError `invalid_graph` */
export function paddingAttribute(node: GraphNode, name: string): Padding {
  const value = node.attributes[name];
  if (!Array.isArray(value)) throw wrong(node, name, "four numbers");
  const [top, bottom, left, right] = value;
  if (value.length !== 4 || top === undefined || bottom === undefined || left === undefined || right === undefined)
    throw wrong(node, name, "four numbers");
  return [top, bottom, left, right];
}

/** The only value that goes into a node. @throws TributaryError `invalid_graph` */
export function onlyInput({ node, inputs }: Application): Tensor {
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0)
    throw new TributaryError("invalid_graph", `${node.name}: ${node.op} takes one input, got ${inputs.length}`);
  return input;
}

/** The parameter that a node has for `role`. @throws TributaryError `invalid_graph` */
export function parameterOf({ node, parameters }: Application, role: string): Tensor {
  const parameter = parameters[role];
  if (parameter === undefined)
    throw new TributaryError("invalid_graph", `${node.name}: ${node.op} has no parameter for "${role}"`);
  return parameter;
}
