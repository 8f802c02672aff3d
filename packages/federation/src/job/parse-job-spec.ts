import { TributaryError } from "@tributary/protocol";
import { closest, distance } from "fastest-levenshtein";
import { parse } from "yaml";
import { z } from "zod";
import { type JobSpec, jobSpecSchema } from "./job-spec.js";

/** A JobSpec may have at most this many characters; inline graphs are the large part. */
const MAX_LENGTH = 16 * 1024 * 1024;
/** Problems named in one error at most. */
const MAX_PROBLEMS = 10;

/**
 * Reads a JobSpec in YAML or JSON.
 * @param options `file`: its name, for messages
 * @throws TributaryError `invalid_job_spec` naming every wrong field with what is allowed
 */
export function parseJobSpec(text: string, { file = "the JobSpec" }: { readonly file?: string } = {}): JobSpec {
  if (text.length > MAX_LENGTH)
    throw new TributaryError("invalid_job_spec", `${file} has over ${MAX_LENGTH} characters`);
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 100, prettyErrors: false, logLevel: "error" });
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : "";
    throw new TributaryError("invalid_job_spec", `${file} is neither YAML nor JSON: ${reason}`, { cause });
  }
  return checkJobSpec(value);
}

/**
 * Checks a value that came from outside and fills in the defaults.
 * @throws TributaryError `invalid_job_spec` naming every wrong field with what is allowed
 */
export function checkJobSpec(value: unknown): JobSpec {
  const result = jobSpecSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => describe(issue, value));
  const shown = problems.slice(0, MAX_PROBLEMS).join("; ");
  const more = problems.length > MAX_PROBLEMS ? `; and ${problems.length - MAX_PROBLEMS} more` : "";
  throw new TributaryError("invalid_job_spec", shown + more);
}

function describe(issue: z.core.$ZodIssue, root: unknown): string[] {
  const path = issue.path.join(".") || "the JobSpec";
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownField([...issue.path, key], key));
  if (issue.code === "invalid_union") return [`${path}: expected a model's name, or an object with "graph"`];
  const given = valueAt(root, issue.path);
  const got = given === undefined ? "nothing" : JSON.stringify(given)?.slice(0, 60);
  return [`${path}: ${issue.message}${issue.code === "custom" ? "" : ` (got ${got})`}`];
}

function unknownField(path: readonly PropertyKey[], key: string): string {
  const place = path.map(String).join(".").slice(0, 200);
  const siblings = fieldsAt(path.slice(0, -1));
  const nearest = siblings.length > 0 ? closest(key.slice(0, 60), siblings) : undefined;
  const hint =
    nearest !== undefined && distance(key.slice(0, 60), nearest) <= 4
      ? `did you mean ${nearest}?`
      : `there are ${siblings.join(", ")}`;
  return `${place}: unknown field; ${hint}`;
}

/** Names of the fields that the schema has at a path. */
function fieldsAt(path: readonly PropertyKey[]): string[] {
  let schema: unknown = jobSpecSchema;
  for (const step of path) schema = shapeOf(schema)?.[String(step)];
  return Object.keys(shapeOf(schema) ?? {});
}

function shapeOf(schema: unknown): Readonly<Record<string, unknown>> | undefined {
  if (schema instanceof z.ZodObject) return schema.shape;
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault || schema instanceof z.ZodOptional)
    return shapeOf(schema.unwrap());
  return undefined;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined),
    root,
  );
}
