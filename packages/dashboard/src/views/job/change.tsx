import { isOver, type JobSpec, type JobView } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { type FormEvent, useMemo, useState } from "react";
import { useSignedIn } from "../../data/context.js";
import { reasonOf } from "../../data/format.js";
import { Empty, Problem } from "../../ui/states.js";
import { FieldList, type FormState } from "../spec-form/field-input.js";
import { ProblemList } from "../spec-form/problem-list.js";
import { at, withAt } from "../spec-form/value.js";
import { changeableFields, draftOf, type Edits, editedValue, problemsIn, settingOf } from "./changes.js";
import { Differences } from "./differences.js";

const nothing: Edits = new Map();
const noProblems: ReadonlyMap<string, string> = new Map();

/** Other settings for a job that is not over. */
export default function Change({ job }: { readonly job: JobView }) {
  if (isOver(job.status))
    return (
      <Empty title={`The job is ${job.status}`}>
        <p>Its settings stay as they are. Clone it to go on with others.</p>
      </Empty>
    );
  return <ChangeForm key={job.id} job={job} />;
}

function ChangeForm({ job }: { readonly job: JobView }) {
  const { client, federation } = useSignedIn();
  const { spec, setAnswer } = useNewestSpec(job);
  const [edits, setEdits] = useState(nothing);
  const [refused, setRefused] = useState(noProblems);
  const [problem, setProblem] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  const [isDone, setIsDone] = useState(false);
  const hasOwn = spec.personalisation !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the schema is the same for all jobs but for this
  const fields = useMemo(() => changeableFields(spec), [hasOwn]);
  const draft = useMemo(() => draftOf(spec, edits), [spec, edits]);

  const edit = (next: Edits) => {
    setEdits(next);
    setRefused(noProblems);
    setProblem(undefined);
    setIsDone(false);
  };
  const value = editedValue(spec, edits);
  const form: FormState = {
    value,
    problems: new Map([...refused, ...draft.problems]),
    offers: {},
    onChange: (path, next) => {
      const setting = settingOf(path);
      edit(new Map(edits).set(setting.join("."), at(withAt(value, path, next), setting)));
    },
  };

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    event.currentTarget.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    if (isBusy || draft.changes === undefined || draft.differences.length === 0) return;
    setIsBusy(true);
    try {
      const answer = await client.jobs.change(job.id, draft.changes);
      federation.tell(answer);
      setAnswer(answer.spec);
      edit(nothing);
      setIsDone(true);
    } catch (error) {
      const isNamed = error instanceof TributaryError && error.code === "invalid_job_spec";
      setRefused(isNamed ? problemsIn(error.message) : noProblems);
      setProblem(isNamed ? undefined : reasonOf(error));
    }
    setIsBusy(false);
  };

  return (
    <form className="columns" onSubmit={submit} noValidate aria-label={`Change ${job.name}`}>
      <div className="card">
        <FieldList fields={fields} path={[]} form={form} />
      </div>
      <div className="card stays">
        <h2>What changes</h2>
        {form.problems.size > 0 ? (
          <div className="problem" role="status">
            Not yet:
            <ProblemList problems={form.problems} />
          </div>
        ) : draft.differences.length === 0 ? (
          <p className="quiet">Nothing yet. What you change on this page is listed here before it is sent.</p>
        ) : (
          <Differences label="What changes" found={draft.differences} here="Now" there="Then" />
        )}
        {problem !== undefined && <Problem>{problem}</Problem>}
        {isDone && (
          <p className="note" role="status">
            Changed: it holds from now on.
          </p>
        )}
        <div className="row">
          <button type="submit" className="primary" aria-disabled={isBusy}>
            {isBusy ? "Changing …" : "Change the job"}
          </button>
          {edits.size > 0 && (
            <button type="button" onClick={() => edit(nothing)}>
              Take it back
            </button>
          )}
        </div>
      </div>
    </form>
  );
}

/** The answer to a change, until the job's feed tells of it. */
function useNewestSpec({ spec }: JobView) {
  const [answer, setAnswer] = useState<{ readonly spec: JobSpec; readonly before: string }>();
  const isNewer = answer !== undefined && answer.before === JSON.stringify(spec);
  return {
    spec: isNewer ? answer.spec : spec,
    setAnswer: (next: JobSpec) => setAnswer({ spec: next, before: JSON.stringify(spec) }),
  };
}
