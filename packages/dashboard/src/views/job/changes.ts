import {
  changed,
  type JobChanges,
  type JobSpec,
  jobChangesSchema,
  type SpecDifference,
  specDifferences,
} from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { fieldsIn, jobSpecFields, type NamedField } from "../spec-form/fields.js";
import { at, type Value, withAt } from "../spec-form/value.js";

/** Settings that were given another value, by their paths with dots; undefined: the job is to be without it. */
export type Edits = ReadonlyMap<string, unknown>;

/** What edits would come to. */
export interface Draft {
  /** What is to be sent; undefined: something is wrong. */
  readonly changes: JobChanges | undefined;
  readonly differences: readonly SpecDifference[];
  /** What is wrong, by the path with dots; "" is the whole. */
  readonly problems: ReadonlyMap<string, string>;
}

const changeable = fieldsIn(jobChangesSchema);
const sections = new Set<string | undefined>(
  changeable.filter(({ field }) => field.kind === "group").map(({ name }) => name),
);

/** What of a job may change while it runs, as the JobSpec describes it. */
export function changeableFields({ personalisation }: JobSpec): readonly NamedField[] {
  const known = jobSpecFields();
  return changeable.flatMap(({ name, field }) => {
    const described = known.find((each) => each.name === name);
    if (described === undefined || (name === "personalisation" && personalisation === undefined)) return [];
    if (field.kind !== "group" || described.field.kind !== "group") return [asSetting(described)];
    const names = new Set(field.fields.map((inner) => inner.name));
    const fields = described.field.fields.filter((inner) => names.has(inner.name)).map(asSetting);
    return [{ ...described, field: { kind: "group", fields } }];
  });
}

/** The job has every default already: a setting that is empty is none. */
const asSetting = (named: NamedField): NamedField => ({ ...named, initial: undefined, isRequired: false });

/** The setting that a place belongs to: one with parts, like `stop.patience`, is given whole. */
export const settingOf = (path: readonly string[]): readonly string[] => path.slice(0, sections.has(path[0]) ? 2 : 1);

/** The job's settings with the edits. */
export const editedValue = (spec: JobSpec, edits: Edits): Value =>
  [...edits].reduce<Value>((value, [path, next]) => withAt(value, path.split("."), next), spec);

/** Checks edits as the coordinator will. */
export function draftOf(spec: JobSpec, edits: Edits): Draft {
  const changes = changesIn(spec, edits);
  const { data, error } = jobChangesSchema.safeParse(changes);
  if (data === undefined) return wrong(problemsOf(error.issues, changes));
  try {
    return { changes: data, differences: specDifferences(spec, changed(spec, data)), problems: new Map() };
  } catch (thrown) {
    if (thrown instanceof TributaryError) return wrong(problemsIn(thrown.message));
    throw thrown;
  }
}

const wrong = (problems: ReadonlyMap<string, string>): Draft => ({ changes: undefined, differences: [], problems });

const changesIn = (spec: JobSpec, edits: Edits): Value =>
  [...edits].reduce<Value>((changes, [path, next]) => {
    const place = path.split(".");
    const isSame = JSON.stringify(next) === JSON.stringify(at(spec, place));
    return isSame ? changes : withAt(changes, place, next ?? null);
  }, {});

/** The first of each setting. */
function problemsOf(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
  changes: Value,
): Map<string, string> {
  const problems = new Map<string, string>();
  for (const { path, message } of issues) {
    const place = path.map(String);
    const isMissing = (at(changes, place) ?? null) === null;
    if (!problems.has(place.join("."))) problems.set(place.join("."), isMissing ? "is needed" : message);
  }
  return problems;
}

/** What an `invalid_job_spec` names, "cohort.quorum: must be …; rounds: …", by the path with dots. */
export const problemsIn = (message: string): Map<string, string> =>
  new Map(
    message.split(/; (?=[A-Za-z.]+: )/).map((problem) => {
      const [, path = "", text = problem] = /^([A-Za-z]+(?:[.][A-Za-z]+)*): (.*)$/s.exec(problem) ?? [];
      return [path, text];
    }),
  );
