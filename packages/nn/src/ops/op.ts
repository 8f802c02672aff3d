import { elementCount } from "@tributary/protocol";
import type { z } from "zod";
import type { Attribute } from "../graph/graph.js";

/** Sizes, outermost first; -1 is the batch dimension, which is always the first and only there. */
export type Shape = readonly number[];

/** What a shape rule looks at. */
export interface OpShapes<Attributes> {
  /** Of the first input. */
  readonly input: Shape;
  /** Of all inputs, the first among them. */
  readonly inputs: readonly Shape[];
  readonly attributes: Attributes;
  /** By role. One that is optional may be absent. */
  readonly parameters: Readonly<Record<string, Shape>>;
}

/**
 * What an op does with a parameter: it must be given, it may be left out, or it is a buffer: given, not trained, and changed
 * by the op itself while training.
 */
export type Presence = "required" | "optional" | "buffer";

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
  /** How many values it takes, at least and at most. */
  readonly inputs: readonly [least: number, most: number];
  /** Every attribute is there in the graph: nothing is left to a default. */
  readonly attributes: z.ZodType<Attributes>;
  /** Roles of its parameters: `{ weight: "required", bias: "optional" }`. */
  readonly parameters: Readonly<Record<string, Presence>>;
  /** Shape of what it makes. @throws Mismatch */
  readonly infer: (shapes: OpShapes<Attributes>) => number[];
}

type OpDefinition<Attributes> = Omit<OpSpec<Attributes>, "inputs" | "parameters"> &
  Partial<Pick<OpSpec<Attributes>, "inputs" | "parameters">>;

/**
 * Keeps the type of the attributes while an op is defined, and forgets it for the catalogue.
 * Default: one input, no parameters.
 */
export function defineOp<Attributes>(spec: OpDefinition<Attributes>): OpSpec<unknown> {
  const { name, attributes, inputs = [1, 1], parameters = {} } = spec;
  const infer = (shapes: OpShapes<unknown>) =>
    spec.infer({ ...shapes, attributes: attributes.parse(shapes.attributes) });
  return { name, attributes, inputs, parameters, infer };
}

/** "[batch, 1, 28, 28]". */
export const shapeText = (shape: Shape): string =>
  `[${shape.map((size) => (size === -1 ? "batch" : size)).join(", ")}]`;

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, i) => size === b[i]);

/** How many values one sample is. */
export const valuesPerSample = (shape: Shape): number => elementCount(shape.slice(1));

const axisNames: Readonly<Record<number, readonly string[]>> = {
  1: ["length"],
  2: ["height", "width"],
  3: ["depth", "height", "width"],
};

/** Names of the axes over which a window slides: ["height", "width"] for two. */
export const spatialAxes = (axes: number): readonly string[] =>
  axisNames[axes] ?? Array.from({ length: axes }, (_, axis) => `axis ${axis}`);

/**
 * Requires `[batch, channels, ...]` with as many axes behind the channels: `[batch, channels, height, width]` for two.
 * @throws Mismatch
 */
export function channelsFirst(
  input: Shape,
  axes: number,
  wanted?: number,
): { readonly batch: number; readonly channels: number; readonly sizes: readonly number[] } {
  const [batch, channels, ...sizes] = input;
  const fits = sizes.length === axes && (wanted === undefined || channels === wanted);
  if (!fits || batch === undefined || channels === undefined)
    throw new Mismatch(`[batch, ${[wanted ?? "channels", ...spatialAxes(axes)].join(", ")}]`, shapeText(input));
  return { batch, channels, sizes };
}

/** Requires a parameter of exactly this shape. @throws Mismatch */
export function requireShape(role: string, actual: Shape | undefined, wanted: Shape): void {
  if (actual === undefined || !sameShape(actual, wanted))
    throw new Mismatch(`${role} ${shapeText(wanted)}`, actual === undefined ? "none" : shapeText(actual));
}

/** Requires the given ones of these parameters to have this shape. @throws Mismatch */
export function requireShapes(
  parameters: Readonly<Record<string, Shape>>,
  roles: readonly string[],
  wanted: Shape,
): void {
  for (const role of roles) if (parameters[role] !== undefined) requireShape(role, parameters[role], wanted);
}

/** Requires that the value has a dimension `dim`. @throws Mismatch */
export function requireDimension(input: Shape, dim: number): void {
  if (dim >= input.length) throw new Mismatch(`a value with a dimension ${dim}`, shapeText(input));
}
