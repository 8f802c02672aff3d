import { oneLine, TributaryError } from "@tributary/protocol";
import { ZodError } from "zod";
import { LIMITS } from "../graph/limits.js";
import { isOwnOp } from "./catalogue.js";
import { Mismatch, type OpSpec, type Shape } from "./op.js";

/** A parameter as a shape rule and its checks see it. */
export interface NodeParameter {
  readonly shape: Shape;
  readonly buffer: boolean;
}

/**
 * Shape of what an op makes here.
 * @param node its place ("fc1 (Linear)"), the shapes of its inputs, its attributes, its parameters by role
 * @throws TributaryError `shape_mismatch` ("fc1 (Linear): expected [batch, 800], got [batch, 1250]"), `invalid_graph`
 */
export function checkNode(
  op: OpSpec<unknown>,
  node: {
    readonly place: string;
    readonly inputs: readonly Shape[];
    readonly attributes: unknown;
    readonly parameters: Readonly<Record<string, NodeParameter>>;
  },
): number[] {
  const { place, inputs, attributes, parameters } = node;
  const [input] = inputs;
  const [least, most] = op.inputs;
  if (input === undefined || inputs.length < least || inputs.length > most) {
    const wanted = least === most ? `${least} input${least === 1 ? "" : "s"}` : `${least} to ${most} inputs`;
    throw new TributaryError("invalid_graph", `${place}: ${op.name} takes ${wanted}, got ${inputs.length}`);
  }
  checkRoles(op, place, parameters);
  const shapes = Object.fromEntries(Object.entries(parameters).map(([role, { shape }]) => [role, shape]));
  const shape = infer(op, place, { input, inputs, attributes, parameters: shapes });
  const elements = shape.reduce((product, size) => product * Math.abs(size), 1);
  if (!(elements <= LIMITS.elements))
    throw new TributaryError("invalid_graph", `${place}: its output has ${elements} values a sample`);
  return shape;
}

function infer(op: OpSpec<unknown>, place: string, shapes: Parameters<OpSpec<unknown>["infer"]>[0]): number[] {
  try {
    return isOwnOp(op.name) ? checkedShape(op.infer(shapes)) : op.infer(shapes);
  } catch (error) {
    if (error instanceof Mismatch) throw new TributaryError("shape_mismatch", oneLine(`${place}: ${error.message}`));
    if (!(error instanceof ZodError)) {
      // The rule of an own operator may throw whatever it likes.
      if (!isOwnOp(op.name)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new TributaryError("invalid_graph", oneLine(`${place}: ${op.name}: ${reason}`), { cause: error });
    }
    const [issue] = error.issues;
    throw new TributaryError(
      "invalid_graph",
      oneLine(`${place}: ${op.name}'s ${issue?.path.join(".") || "attributes"}: ${issue?.message}`),
    );
  }
}

/** What the rule of an own operator made, known to be a shape. */
function checkedShape(shape: unknown): number[] {
  const isShape = Array.isArray(shape) && shape.length <= LIMITS.dimensions && shape[0] === -1;
  if (!isShape || !shape.slice(1).every((size: unknown) => Number.isInteger(size) && Number(size) >= 1))
    throw new Error("its rule must make a shape that begins with -1, the batch, and goes on with sizes from 1");
  return shape;
}

function checkRoles(
  { name, parameters: wanted }: OpSpec<unknown>,
  place: string,
  given: Readonly<Record<string, NodeParameter>>,
): void {
  const invalid = (what: string) => new TributaryError("invalid_graph", `${place}: ${name} ${what}`);
  for (const [role, presence] of Object.entries(wanted))
    if (presence !== "optional" && !Object.hasOwn(given, role)) throw invalid(`needs a parameter "${role}"`);
  for (const [role, { buffer }] of Object.entries(given)) {
    const presence = Object.hasOwn(wanted, role) ? wanted[role] : undefined;
    if (presence === undefined) throw invalid(`has no parameter "${role}"`);
    if (buffer !== (presence === "buffer"))
      throw invalid(buffer ? `can't have a buffer as its "${role}"` : `needs a buffer as its "${role}"`);
  }
}
