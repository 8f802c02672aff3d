import type { NamedField } from "./fields.js";

/** What a form holds: a JobSpec in the making. */
export type Value = Readonly<Record<string, unknown>>;

export const isValue = (value: unknown): value is Value =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, name) => (isValue(inner) ? inner[name] : undefined), value);

/** The value with another one at a place; undefined leaves it out, and what is empty then. */
export function withAt(value: Value, [name, ...rest]: readonly string[], next: unknown): Value {
  if (name === undefined) return value;
  const inner = value[name];
  const changed = rest.length === 0 ? next : withAt(isValue(inner) ? inner : {}, rest, next);
  const isEmpty = changed === undefined || (rest.length > 0 && isValue(changed) && Object.keys(changed).length === 0);
  const { [name]: _, ...others } = value;
  if (isEmpty) return others;
  return { ...value, [name]: changed };
}

/** A JobSpec without what its defaults say anyway: shorter to read. */
export function withoutDefaults(value: Value, fields: readonly NamedField[]): Value {
  const kept: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value)) {
    const known = fields.find((each) => each.name === name);
    const short = isValue(given) && known !== undefined ? withoutDefaults(given, innerFields(known, given)) : given;
    const isEmpty = isValue(short) && Object.keys(short).length === 0;
    if (!isEmpty && JSON.stringify(short) !== JSON.stringify(known?.initial)) kept[name] = short;
  }
  return kept;
}

function innerFields({ field }: NamedField, given: Value): readonly NamedField[] {
  if (field.kind === "group") return field.fields;
  return field.kind === "variants" ? (field.variants.get(String(given[field.key])) ?? []) : [];
}
