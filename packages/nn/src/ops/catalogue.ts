import { oneLine, TributaryError } from "@tributary/protocol";
import { ZodError } from "zod";
import { LIMITS } from "../graph/limits.js";
import { logSoftmax, relu, softmax } from "./activation.js";
import { conv2d } from "./convolution.js";
import { dropout } from "./dropout.js";
import { linear } from "./linear.js";
import { Mismatch, type OpSpec, type Shape } from "./op.js";
import { avgPool2d, maxPool2d } from "./pooling.js";
import { flatten } from "./reshape.js";

/** Every op that a graph may name. */
export const ops: ReadonlyMap<string, OpSpec<unknown>> = new Map(
  [avgPool2d, conv2d, dropout, flatten, linear, logSoftmax, maxPool2d, relu, softmax].map((op) => [op.name, op]),
);

/** @throws TributaryError `invalid_graph` naming the place */
export function opNamed(name: string, place: string): OpSpec<unknown> {
  const op = ops.get(name);
  if (op === undefined)
    throw new TributaryError(
      "invalid_graph",
      `${place}: there is no op "${name}"; there are ${[...ops.keys()].join(", ")}`,
    );
  return op;
}

/**
 * Shape of what an op makes here.
 * @param node its place ("fc1 (Linear)"), the shapes of its inputs, its attributes, the shapes of its parameters by role
 * @throws TributaryError `shape_mismatch` ("fc1 (Linear): expected [batch, 800], got [batch, 1250]"), `invalid_graph`
 */
export function checkNode(
  op: OpSpec<unknown>,
  node: {
    readonly place: string;
    readonly inputs: readonly Shape[];
    readonly attributes: unknown;
    readonly parameters: Readonly<Record<string, Shape>>;
  },
): number[] {
  const { place, inputs, attributes, parameters } = node;
  const [input] = inputs;
  if (input === undefined || inputs.length !== 1)
    throw new TributaryError("invalid_graph", `${place}: ${op.name} takes 1 input, got ${inputs.length}`);
  checkRoles(op, place, Object.keys(parameters));
  const shape = infer(op, place, { input, attributes, parameters });
  const elements = shape.reduce((product, size) => product * Math.abs(size), 1);
  if (!(elements <= LIMITS.elements))
    throw new TributaryError("invalid_graph", `${place}: its output has ${elements} values a sample`);
  return shape;
}

function infer(op: OpSpec<unknown>, place: string, shapes: Parameters<OpSpec<unknown>["infer"]>[0]): number[] {
  try {
    return op.infer(shapes);
  } catch (error) {
    if (error instanceof Mismatch) throw new TributaryError("shape_mismatch", `${place}: ${error.message}`);
    if (!(error instanceof ZodError)) throw error;
    const [issue] = error.issues;
    throw new TributaryError(
      "invalid_graph",
      oneLine(`${place}: ${op.name}'s ${issue?.path.join(".") || "attributes"}: ${issue?.message}`),
    );
  }
}

function checkRoles({ name, parameters }: OpSpec<unknown>, place: string, given: readonly string[]): void {
  const required = Object.keys(parameters).filter((role) => parameters[role] === "required");
  const missing = required.find((role) => !given.includes(role));
  if (missing !== undefined)
    throw new TributaryError("invalid_graph", `${place}: ${name} needs a parameter "${missing}"`);
  const odd = given.find((role) => !Object.hasOwn(parameters, role));
  if (odd !== undefined) throw new TributaryError("invalid_graph", `${place}: ${name} has no parameter "${odd}"`);
}
