import type { Tensor } from "@tensorflow/tfjs-core";
import type { GraphNode } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import type { Application } from "./op.js";

const wrong = (node: GraphNode, name: string, wanted: string) =>
  new TributaryError("invalid_graph", `${node.name}: attribute "${name}" of ${node.op} must be ${wanted}`);

/** @throws TributaryError `invalid_graph` */
export function numberAttribute(node: GraphNode, name: string): number {
  const value = node.attributes[name];
  if (typeof value !== "number") throw wrong(node, name, "a number");
  return value;
}

/** @throws TributaryError `invalid_graph` */
export function textAttribute(node: GraphNode, name: string): string {
  const value = node.attributes[name];
  if (typeof value !== "string") throw wrong(node, name, "a text");
  return value;
}

/** @throws TributaryError `invalid_graph` */
export function flagAttribute(node: GraphNode, name: string): boolean {
  const value = node.attributes[name];
  if (typeof value !== "boolean") throw wrong(node, name, "true or false");
  return value;
}

/** @param length how many there must be; any number when left out @throws TributaryError `invalid_graph` */
export function numbersAttribute(node: GraphNode, name: string, length?: number): readonly number[] {
  const value = node.attributes[name];
  if (typeof value !== "object" || (length !== undefined && value.length !== length))
    throw wrong(node, name, length === undefined ? "numbers" : `${length} numbers`);
  return value;
}

/** The first value that goes into a node. @throws TributaryError `invalid_graph` */
export function inputOf({ node, inputs }: Application, index = 0): Tensor {
  const input = inputs[index];
  if (input === undefined)
    throw new TributaryError("invalid_graph", `${node.name}: ${node.op} has no input ${index + 1}`);
  return input;
}

/** The parameter that a node has for `role`. @throws TributaryError `invalid_graph` */
export function parameterOf({ node, parameters }: Application, role: string): Tensor {
  const parameter = parameters[role];
  if (parameter === undefined)
    throw new TributaryError("invalid_graph", `${node.name}: ${node.op} has no parameter for "${role}"`);
  return parameter;
}
