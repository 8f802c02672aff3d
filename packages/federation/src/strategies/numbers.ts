import { z } from "zod";
import { strategies, wrappers } from "./strategies.js";

/** Whether a setting takes whole numbers only. */
export interface NumberSetting {
  readonly isWhole: boolean;
}

/** The settings of a strategy or a wrapper that are numbers, by name, out of its schema; undefined: there is no such kind. */
export function numbersOf(kind: string): ReadonlyMap<string, NumberSetting> | undefined {
  const strategy = strategies.find((other) => other.kind === kind);
  const wrapper = wrappers.find((other) => other.kind === kind);
  const shape: z.core.$ZodShape | undefined = strategy?.schema.shape ?? wrapper?.schemaOf(z.unknown()).shape;
  return shape && new Map(Object.entries(shape).flatMap(([name, schema]) => numberNamed(name, schema)));
}

function numberNamed(name: string, schema: z.core.$ZodType): [string, NumberSetting][] {
  if (schema instanceof z.ZodNumber) return [[name, { isWhole: schema.isInt }]];
  const within = schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? schema.unwrap() : undefined;
  return within === undefined ? [] : numberNamed(name, within);
}
