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

const OR = " or ";

/** Stands in a path for the names that a person chooses, as in `schedules`. */
export const ANY_NAME = "NAME";

type Schema = z.core.JSONSchema.BaseSchema;

let fields: readonly Field[] | undefined;

/** All fields, in the order of the schema, a section before what it holds. Made when they are first asked for: it takes a while. */
export function jobSpecFields(): readonly Field[] {
  fields ??= collect(
    { path: "", section: "", key: "the JobSpec", required: true },
    z.toJSONSchema(jobSpecSchema, { io: "input" }),
  );
  return fields;
}

/** The fields of a part of the JobSpec by itself, the schema of an object. */
export const fieldsWithin = (schema: z.ZodType): readonly Field[] =>
  collect({ path: "", section: "", key: "", required: true }, z.toJSONSchema(schema, { io: "input" })).slice(1);

function collect(place: Pick<Field, "path" | "section" | "key" | "required">, schema: Schema): Field[] {
  const { path } = place;
  // What has names of a person's choice, and one of several kinds of which one is the default, is a section, too.
  const isSection =
    schema.properties !== undefined ||
    valuesOf(schema) !== undefined ||
    (schema.oneOf !== undefined && schema.default !== undefined);
  const field: Field = {
    ...place,
    allowed: wordsFor(schema),
    standard: schema.default === undefined || isSection ? undefined : JSON.stringify(schema.default),
    meaning: schema.description ?? "",
    isSection,
  };
  return [field, ...fieldsOf(schema, path), ...branchesOf(schema).flatMap((branch) => branchFields(branch, path))];
}

function branchesOf({ anyOf = [], oneOf }: Schema): Schema[] {
  return [...anyOf.map(asSchema), ...(oneOf ? [{ oneOf }] : [])];
}

/** Of what may be one thing or another, nothing is needed by itself. */
function branchFields(branch: Schema, path: string): Field[] {
  if (branch.oneOf === undefined) return fieldsOf({ ...branch, required: [] }, path);
  const kinds = branch.oneOf.map(asSchema).map((kind) => ({
    name: String(asSchema(kind.properties?.name ?? kind.properties?.kind ?? {}).const),
    fields: fieldsOf({ ...kind, required: [] }, path),
  }));
  const paths = new Set(kinds.flatMap(({ fields }) => fields.map((field) => field.path)));
  return [...paths].map((at) =>
    mergeKinds(
      kinds.flatMap(({ name, fields }) =>
        fields.filter((field) => field.path === at).map((field) => ({ name, field })),
      ),
      kinds.length,
      path,
    ),
  );
}

/** One field out of those that several kinds have under one name; it says which kinds have it, unless all do. */
function mergeKinds(
  having: readonly { readonly name: string; readonly field: Field }[],
  kinds: number,
  section: string,
): Field {
  const [first] = having;
  if (first === undefined) throw new Error("a field that no kind has");
  const namesOf = new Map<string, string[]>();
  for (const { name, field } of having) namesOf.set(field.meaning, [...(namesOf.get(field.meaning) ?? []), name]);
  const meanings = [...namesOf].map(([meaning, names]) =>
    names.length === kinds || first.field.section !== section
      ? meaning
      : `Of ${names.map((name) => `\`${name}\``).join(", ")}: ${meaning}`,
  );
  const allowed = [...new Set(having.flatMap(({ field }) => field.allowed.split(OR)))];
  const standards = new Map<string, string[]>();
  for (const { name, field } of having)
    if (field.standard !== undefined)
      standards.set(field.standard, [...(standards.get(field.standard) ?? []), `\`${name}\``]);
  const differ = standards.size > 1;
  if (differ)
    meanings.push(`By default ${[...standards].map(([value, names]) => `${value} of ${names.join(", ")}`).join("; ")}`);
  return {
    ...{ ...first.field, meaning: meanings.join(". "), allowed: allowed.join(OR) },
    standard: differ ? undefined : [...standards.keys()][0],
  };
}

/** The field that says which of several kinds it is. */
const discriminatorOf = ([first = {}]: readonly (Schema | boolean)[]): string =>
  asSchema(first).properties?.kind === undefined ? "name" : "kind";

/** What stands under names that a person chooses, where there is something to say of it. */
function valuesOf({ additionalProperties: values }: Schema): Schema | undefined {
  return typeof values === "object" && values.oneOf !== undefined ? values : undefined;
}

function fieldsOf(object: Schema, section: string): Field[] {
  const { properties = {}, required = [] } = object;
  const values = valuesOf(object);
  return Object.entries({ ...properties, ...(values && { [ANY_NAME]: values }) }).flatMap(([key, schema]) => {
    const path = section === "" ? key : `${section}.${key}`;
    return collect({ path, section, key, required: required.includes(key) }, asSchema(schema));
  });
}

function asSchema(schema: Schema | boolean): Schema {
  return typeof schema === "boolean" ? {} : schema;
}

function wordsFor(schema: Schema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map((branch) => wordsFor(asSchema(branch))).join(", or ");
  if (schema.oneOf !== undefined) return `an object with ${discriminatorOf(schema.oneOf)}`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(OR);
  switch (schema.type) {
    case "boolean":
      return "true or false";
    case "integer":
      return `an integer ${rangeOf(schema)}`;
    case "number":
      return `a number ${rangeOf(schema)}`;
    case "string":
      return `text of ${schema.minLength ?? 0} to ${schema.maxLength ?? "any number of"} characters`;
    case "array":
      return `a list of ${lengthOf(schema)}: each ${wordsFor(itemOf(schema))}`;
    default:
      return schema.required === undefined ? "an object" : `an object with ${schema.required.join(" and ")}`;
  }
}

function rangeOf({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Schema): string {
  const most = plain(maximum ?? exclusiveMaximum);
  if (exclusiveMinimum !== undefined) return `above ${exclusiveMinimum}, at most ${most}`;
  return `from ${plain(minimum)} to ${maximum === undefined ? "below " : ""}${most}`;
}

/** 1,000,000 and 0.9999, also where the language's own rounding would make 1 of it. */
const plain = (value: number | boolean | undefined): string | undefined =>
  typeof value === "number" ? value.toLocaleString("en-US", { maximumFractionDigits: 12 }) : undefined;

function lengthOf({ minItems, maxItems }: Schema): string {
  return minItems === maxItems ? `${minItems}` : `${minItems} to ${maxItems?.toLocaleString("en-US")}`;
}

/** Of a tuple, all items are alike. */
function itemOf({ items, prefixItems = [] }: Schema): Schema {
  const [item] = prefixItems;
  return asSchema(item ?? (typeof items === "object" && !Array.isArray(items) ? items : {}));
}
