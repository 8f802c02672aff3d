import { type JobView, jobSpecSchema } from "@tributary/federation";
import { modelNames } from "@tributary/nn";
import { type FormEvent, useId, useMemo, useState } from "react";
import { parse, stringify } from "yaml";
import { useSignedIn } from "../data/context.js";
import { reasonOf } from "../data/format.js";
import { linkTo } from "../data/route.js";
import { Loading, Problem } from "../ui/states.js";
import { FieldList, type FormState, wordsOf } from "./spec-form/field-input.js";
import { jobSpecFields } from "./spec-form/fields.js";
import { ProblemList } from "./spec-form/problem-list.js";
import { isValue, type Value, withAt, withoutDefaults } from "./spec-form/value.js";

const fields = jobSpecFields();
/** What nearly every job sets; the others are folded away. */
const first = fields.filter(({ field }) => field.kind !== "group" && field.kind !== "variants").map(({ name }) => name);

/** A form for a new job, perhaps like another, and its YAML beside it. */
export default function NewJob({ like }: { readonly like: string | undefined }) {
  const { jobs } = useSignedIn().federation;
  if (like === undefined) return <JobForm />;
  if (jobs === undefined) return <Loading what="the job" />;
  const model = jobs.find(({ id }) => id === like);
  if (model === undefined) return <Problem>There is no job {like} to clone.</Problem>;
  return <JobForm model={model} />;
}

function JobForm({ model }: { readonly model?: JobView }) {
  const { client, federation } = useSignedIn();
  const [value, setValue] = useState<Value>(() => (model === undefined ? {} : withoutDefaults(model.spec, fields)));
  const [text, setText] = useState(() => yamlOf(value));
  const [unread, setUnread] = useState<string>();
  const [isTried, setIsTried] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  const yamlId = useId();

  const problems = useMemo(() => problemsOf(value), [value]);
  const shown = useMemo(
    // What is not written yet is not wrong yet.
    () => new Map([...problems].filter(([path]) => isTried || path in value || path.includes("."))),
    [problems, isTried, value],
  );
  const form: FormState = {
    value,
    problems: shown,
    offers: { model: modelNames, dataset: [...new Set(federation.workers?.map(({ dataset }) => dataset))] },
    onChange: (path, next) => {
      const changed = withAt(value, path, next);
      setValue(changed);
      setText(yamlOf(changed));
      setUnread(undefined);
      setRefusal(undefined);
    },
  };

  const write = (next: string) => {
    setText(next);
    setRefusal(undefined);
    try {
      const read: unknown = next.trim() === "" ? {} : parse(next, { maxAliasCount: 0 });
      if (!isValue(read)) throw new Error("a JobSpec is a map of settings");
      setValue(read);
      setUnread(undefined);
    } catch (error) {
      setUnread(reasonOf(error));
    }
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setIsTried(true);
    const spec = jobSpecSchema.safeParse(value);
    if (!spec.success || unread !== undefined) return;
    setIsBusy(true);
    try {
      const job = await client.jobs.create(spec.data);
      federation.tell(job);
      location.hash = linkTo.job(job.id);
    } catch (error) {
      setRefusal(reasonOf(error));
      setIsBusy(false);
    }
  };

  return (
    <>
      <h1>{model === undefined ? "New job" : `New job like ${model.name}`}</h1>
      <form className="columns" onSubmit={submit} noValidate>
        <div className="card">
          <FieldList fields={fields.filter(({ name }) => first.includes(name))} path={[]} form={form} />
          {fields
            .filter(({ name }) => !first.includes(name))
            .map((named) => (
              <details key={named.name} className="group" open={named.name in value || undefined}>
                <summary>{wordsOf(named.name)}</summary>
                <FieldList
                  fields={named.field.kind === "group" ? named.field.fields : [named]}
                  path={named.field.kind === "group" ? [named.name] : []}
                  form={form}
                />
              </details>
            ))}
        </div>
        <div className="card">
          <div className="field">
            <label htmlFor={yamlId}>The same as YAML</label>
            <textarea
              id={yamlId}
              className="code"
              spellCheck={false}
              value={text}
              aria-invalid={unread !== undefined}
              onChange={(event) => write(event.target.value)}
            />
          </div>
          {unread !== undefined && <Problem>{unread}</Problem>}
          {refusal !== undefined && <Problem>{refusal}</Problem>}
          <Verdict problems={problems} isTried={isTried} />
          <button type="submit" className="primary" disabled={isBusy || unread !== undefined}>
            {isBusy ? "Submitting …" : "Submit the job"}
          </button>
        </div>
      </form>
    </>
  );
}

/** All that is wrong, in one place: also what the form has no field for. */
function Verdict({ problems, isTried }: { readonly problems: ReadonlyMap<string, string>; readonly isTried: boolean }) {
  if (problems.size === 0) return <p className="note">This is a whole JobSpec.</p>;
  return (
    <div className={isTried ? "problem" : "quiet"} role="status">
      {isTried ? "Not yet:" : "Still to do:"}
      <ProblemList problems={problems} />
    </div>
  );
}

const yamlOf = (value: Value): string => (Object.keys(value).length === 0 ? "" : stringify(value));

/** What is wrong, by the path with dots: the first of each. */
function problemsOf(value: Value): Map<string, string> {
  const problems = new Map<string, string>();
  const { error } = jobSpecSchema.safeParse(value);
  for (const { path, message } of error?.issues ?? []) {
    const place = path.join(".");
    const isMissing = path.length === 1 && !(place in value);
    if (!problems.has(place)) problems.set(place, isMissing ? "is needed" : message);
  }
  return problems;
}
