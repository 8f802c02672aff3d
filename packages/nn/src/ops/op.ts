import type { z } from "zod";
import type { Attribute } from "../graph/graph.js";

/** Sizes, outermost first; -1 is the batch dimension. */
export type Shape = readonly number[];

/** What a shape rule looks at. */
export interface OpShapes<Attributes> {
  /** Of the first input; -1 is the batch dimension. */
  readonly input: Shape;
  readonly attributes: Attributes;
  /** By role. One that is optional may be absent. */
  readonly parameters: Readonly<Record<string, Shape>>;
}

/** Whether an op must be given a parameter. */
export type Presence = "required" | "optional";

/** Thrown by a shape rule; the caller adds the place. */
export class Mismatch extends Error {
  constructor(
    readonly expected: string,
    readonly got: string,
  ) {
    super(`expected ${expected}, got ${got}`);
  }
}

/** One entry of the catalogue: what a backend must be able to run, and what a graph may name. */
export interface OpSpec<Attributes = Readonly<Record<string, Attribute>>> {
  readonly name: string;
  /** Every attribute is there in the graph: nothing is left to a default. */
  readonly attributes: z.ZodType<Attributes>;
  /** Roles of its parameters: `{ weight: "required", bias: "optional" }`. */
  readonly parameters: Readonly<Record<string, Presence>>;
  /** Shape of what it makes. @throws Mismatch */
  readonly infer: (shapes: OpShapes<Attributes>) => number[];
}

/** Keeps the type of the attributes while an op is defined, and forgets it for the catalogue. */
export function defineOp<Attributes>(spec: OpSpec<Attributes>): OpSpec<unknown> {
  const { name, attributes, parameters } = spec;
  const infer = (shapes: OpShapes<unknown>) =>
    spec.infer({ ...shapes, attributes: attributes.parse(shapes.attributes) });
  return { name, attributes, parameters, infer };
}

/** "[batch, 1, 28, 28]". */
export const shapeText = (shape: Shape): string =>
  `[${shape.map((size) => (size === -1 ? "batch" : size)).join(", ")}]`;

/** Requires `[batch, channels, height, width]`. @throws Mismatch */
export function imageShape(input: Shape, channels?: number): readonly [number, number, number, number] {
  const [batch, depth, height, width] = input;
  const fits = input.length === 4 && (channels === undefined || depth === channels);
  if (!fits || batch === undefined || depth === undefined || height === undefined || width === undefined)
    throw new Mismatch(`[batch, ${channels ?? "channels"}, height, width]`, shapeText(input));
  return [batch, depth, height, width];
}

/** Requires a parameter of exactly this shape. @throws Mismatch */
export function requireShape(role: string, actual: Shape | undefined, wanted: Shape): void {
  if (actual?.length !== wanted.length || actual.some((size, axis) => size !== wanted[axis]))
    throw new Mismatch(`${role} ${shapeText(wanted)}`, actual === undefined ? "none" : shapeText(actual));
}
