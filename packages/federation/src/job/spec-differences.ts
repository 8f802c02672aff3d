import type { JobSpec } from "./job-spec.js";

export interface SpecDifference {
  readonly field: string;
  readonly here: string;
  readonly there: string;
}

/** The fields in which two JobSpecs are unlike; "–" for what is not there. */
export function specDifferences(here: JobSpec, there: JobSpec): SpecDifference[] {
  const [mine, theirs] = [fieldsOf(here), fieldsOf(there)];
  return [...new Set([...mine.keys(), ...theirs.keys()])]
    .map((field) => ({ field, here: mine.get(field) ?? "–", there: theirs.get(field) ?? "–" }))
    .filter((one) => one.here !== one.there);
}

function fieldsOf(value: unknown, name = "", all = new Map<string, string>()): Map<string, string> {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && name !== "model")
    for (const [key, inner] of Object.entries(value)) fieldsOf(inner, name === "" ? key : `${name}.${key}`, all);
  else if (value !== undefined) all.set(name, typeof value === "string" ? value : JSON.stringify(value));
  return all;
}
