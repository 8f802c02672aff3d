import { didYouMean, nearest } from "@tributary/protocol";
import type { z } from "zod";
import { printable } from "../printable.js";
import { ANY_NAME, type Field, jobSpecFields } from "./fields.js";

/** Problems named in one message at most. */
const MAX_PROBLEMS = 10;
/** Characters of a person's own text that a message repeats at most. */
const MAX_QUOTED = 60;

const fieldAt = (path: string): Field | undefined => jobSpecFields().find((field) => field.path === path);

/** Where the field is explained: a schedule's name is a person's own. */
const placeOf = (path: readonly PropertyKey[]): string =>
  path.map((key, depth) => (depth === 1 && path[0] === "schedules" ? ANY_NAME : String(key))).join(".");

type Issue = z.core.$ZodIssue;

/** Every wrong field of a JobSpec with what is allowed and what was given, in one line. */
export function describeProblems(issues: readonly Issue[], root: unknown): string {
  const problems = issues.flatMap(withinUnion).flatMap(eachKey);
  const lines = problems
    .slice(0, MAX_PROBLEMS)
    .map(({ issue, key }) => (key === undefined ? wrongValue(issue, root) : unknownField(issue.path, key, root)));
  const more = problems.length - MAX_PROBLEMS;
  // A value can be wrong in several ways, and is named once.
  return [...new Set(lines), ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}

const eachKey = (issue: Issue): { readonly issue: Issue; readonly key?: string }[] =>
  issue.code === "unrecognized_keys" ? issue.keys.map((key) => ({ issue, key })) : [{ issue }];

/** Of a union, the branch that the value was meant for: the one that looked inside it. */
function withinUnion(issue: Issue): Issue[] {
  if (issue.code !== "invalid_union") return [issue];
  const meant = issue.errors.find((branch) =>
    branch.every(({ code, path }) => path.length > 0 || code === "unrecognized_keys"),
  );
  return meant?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })) ?? [issue];
}

function wrongValue({ code, path, message }: Issue, root: unknown): string {
  const place = placeOf(path);
  const name = path.join(".") || "the JobSpec";
  if (code === "custom") return `${name}: ${message}`;
  // The items of a list are explained with the list.
  const field = fieldAt(place) ?? fieldAt(place.replace(/[.]\d+$/, ""));
  const value = valueAt(root, path);
  if (field === undefined) return `${name}: ${message}, got ${quoted(value)}`;
  const { allowed } = field;
  const meant = typeof value === "string" ? nearest(value, wordsIn(allowed)) : undefined;
  return `${name}: ${allowed} is wanted, got ${quoted(value)}${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}

/** native and wasm of `"native" or "wasm"`. */
const wordsIn = (allowed: string): string[] => [...allowed.matchAll(/"([^"]+)"/g)].map(([, word = ""]) => word);

function unknownField(path: readonly PropertyKey[], key: string, root: unknown): string {
  const section = path.join(".");
  const name = printable(key.slice(0, MAX_QUOTED));
  const siblings = jobSpecFields()
    .filter((field) => field.path !== "" && field.section === placeOf(path))
    .map((field) => field.key);
  if (siblings.includes(name)) return `${section}.${name}: ${quoted(kindOf(valueAt(root, path)))} has no such setting`;
  const above = [...path.slice(0, -1), name].join(".");
  if (section !== "" && fieldAt(above) !== undefined)
    return `${section}.${name}: unknown field; did you mean ${above}?`;
  return `${section === "" ? name : `${section}.${name}`}: unknown field; ${didYouMean(name, siblings)}`;
}

/** What a section calls itself; a strategy without a name is this one. */
const kindOf = (section: unknown): unknown => valueAt(section, ["name"]) ?? valueAt(section, ["kind"]) ?? "fedavg";

function quoted(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return `"${printable(value.slice(0, MAX_QUOTED))}"`;
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, step) => (typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined),
    root,
  );
