import { z } from "zod";
import { jobSpecSchema } from "./job-spec.js";

/** A field of the JobSpec, as people read of it. */
export interface Field {
  /** "training.batchSize"; "" is the JobSpec itself. */
  readonly path: string;
  /** The path of the section that it stands in. */
  readonly section: string;
  readonly key: string;
  /** In words: "an integer from 1 to 65,536". */
  readonly allowed: string;
  readonly required: boolean;
  /** As JSON; undefined: there is none. */
  readonly standard: string | undefined;
  readonly meaning: string;
  readonly isSection: boolean;
}

type Schema = z.core.JSONSchema.BaseSchema;

/** All fields, in the order of the schema, a section before what it holds. */
export const jobSpecFields: readonly Field[] = collect(
  { path: "", section: "", key: "the JobSpec", required: true },
  z.toJSONSchema(jobSpecSchema, { io: "input" }),
);

function collect(place: Pick<Field, "path" | "section" | "key" | "required">, schema: Schema): Field[] {
  const { path } = place;
  const isSection = schema.properties !== undefined;
  const field: Field = {
    ...place,
    allowed: wordsFor(schema),
    standard: schema.default === undefined || isSection ? undefined : JSON.stringify(schema.default),
    meaning: schema.description ?? "",
    isSection,
  };
  // Of what may be one thing or another, nothing is needed by itself.
  const branches = (schema.anyOf ?? []).map((branch) => ({ ...asSchema(branch), required: [] }));
  return [field, ...[schema, ...branches].flatMap((branch) => fieldsOf(branch, path))];
}

function fieldsOf({ properties = {}, required = [] }: Schema, section: string): Field[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const path = section === "" ? key : `${section}.${key}`;
    return collect({ path, section, key, required: required.includes(key) }, asSchema(schema));
  });
}

function asSchema(schema: Schema | boolean): Schema {
  return typeof schema === "boolean" ? {} : schema;
}

function wordsFor(schema: Schema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map((branch) => wordsFor(asSchema(branch))).join(", or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  switch (schema.type) {
    case "boolean":
      return "true or false";
    case "integer":
      return `an integer ${rangeOf(schema)}`;
    case "number":
      return `a number ${rangeOf(schema)}`;
    case "string":
      return `text of ${schema.minLength ?? 0} to ${schema.maxLength ?? "any number of"} characters`;
    default:
      return schema.required === undefined ? "an object" : `an object with ${schema.required.join(" and ")}`;
  }
}

function rangeOf({ minimum, exclusiveMinimum, maximum }: Schema): string {
  const most = maximum?.toLocaleString("en-US");
  return exclusiveMinimum === undefined ? `from ${minimum} to ${most}` : `above ${exclusiveMinimum}, at most ${most}`;
}
