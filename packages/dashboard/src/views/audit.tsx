import type { AuditEntry } from "@tributary/federation";
import { useMemo, useState } from "react";
import { useAudit } from "../data/audit-feed.js";
import type { AuditFeed } from "../data/audit-reader.js";
import { useSignedIn } from "../data/context.js";
import { clock, count, reasonOf } from "../data/format.js";
import { linkTo } from "../data/route.js";
import { saveFile } from "../data/save.js";
import { Pages } from "../ui/pages.js";
import { Empty, Loading, Problem, Table } from "../ui/states.js";

/** Rows of a page. */
const ROWS = 100;
const filters = { job: "Job", action: "Action", actor: "Actor" } as const;
type Filter = keyof typeof filters;
const filterNames = ["job", "action", "actor"] as const satisfies readonly Filter[];

/** The audit log, checked line by line in the browser. */
export default function Audit({ job = "" }: { readonly job?: string | undefined }) {
  const { client, federation } = useSignedIn();
  const feed = useAudit(client, federation);
  const [chosen, setChosen] = useState<Readonly<Record<Filter, string>>>({ job, action: "", actor: "" });
  const { entries, isWhole, error } = feed;
  const choices = useMemo(() => filterNames.map((name) => [name, choicesOf(entries, name)] as const), [entries]);
  const shown = useMemo(
    () => entries.filter((entry) => choices.every(([name]) => chosen[name] === "" || entry[name] === chosen[name])),
    [entries, chosen, choices],
  );
  return (
    <>
      <div className="row between">
        <h1>Audit</h1>
        <button
          type="button"
          disabled={entries.length === 0}
          onClick={() =>
            saveFile("audit.jsonl", shown.map((entry) => `${JSON.stringify(entry)}\n`).join(""), "application/jsonl")
          }
        >
          Save these lines
        </button>
      </div>
      {error !== undefined && <Problem>{reasonOf(error)}</Problem>}
      <Verification feed={feed} />
      <div className="filters">
        {choices.map(([name, values]) => (
          <label key={name} className="field">
            <span>{filters[name]}</span>
            <select value={chosen[name]} onChange={({ target }) => setChosen({ ...chosen, [name]: target.value })}>
              <option value="">all</option>
              {withChosen(values, chosen[name]).map((value) => (
                <option key={value}>{value}</option>
              ))}
            </select>
          </label>
        ))}
      </div>
      {!isWhole && entries.length === 0 && error === undefined ? (
        <Loading what="the log" />
      ) : shown.length === 0 ? (
        <Empty title={entries.length === 0 ? "The log has no line yet" : "No line is like that"} />
      ) : (
        <Lines entries={shown} />
      )}
    </>
  );
}

function Verification({ feed: { head, fault, isWhole } }: { readonly feed: AuditFeed }) {
  if (fault !== undefined)
    return (
      <Problem>
        <strong>Somebody changed the log.</strong> Line {fault.seq}: {fault.reason}. Nothing from there on can be relied
        on.
      </Problem>
    );
  if (!isWhole) return <p role="status">Checking … {count(head.seq)} lines are good so far.</p>;
  return (
    <p className="note" role="status">
      <strong>Verified.</strong> Each of {count(head.seq)} lines follows from the one before. Note the newest, to tell
      later that nothing up to here was changed: <code>{`${head.seq}:${head.hash}`}</code>
    </p>
  );
}

const Lines = ({ entries }: { readonly entries: readonly AuditEntry[] }) => (
  <>
    <p className="quiet">{entries.length === 1 ? "1 line" : `${count(entries.length)} lines`}, the newest first.</p>
    <Pages rows={entries.toReversed()} what="lines" size={ROWS}>
      {(shown) => (
        <Table label="Audit log">
          <thead>
            <tr>
              <th scope="col" className="number">
                Line
              </th>
              <th scope="col">When</th>
              <th scope="col">Actor</th>
              <th scope="col">Action</th>
              <th scope="col">Job</th>
              <th scope="col">Round</th>
              <th scope="col">Details</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ seq, at, actor, action, job, round, details }) => (
              <tr key={seq}>
                <td className="number">{seq}</td>
                <td>
                  <time dateTime={at}>{clock(at)}</time>
                </td>
                <td>{actor}</td>
                <td>{action}</td>
                <td>{job === null ? "–" : <a href={linkTo.job(job)}>{job}</a>}</td>
                <td>{round ?? "–"}</td>
                <td className="detail">
                  <Details details={details} />
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </Pages>
  </>
);

function Details({ details }: Pick<AuditEntry, "details">) {
  const text = JSON.stringify(details);
  if (text === "{}") return "–";
  if (text.length < 90) return <code>{text}</code>;
  return (
    <details>
      <summary>
        <code>{text.slice(0, 60)} …</code>
      </summary>
      <code>{text}</code>
    </details>
  );
}

const choicesOf = (entries: readonly AuditEntry[], name: Filter): string[] =>
  [...new Set(entries.flatMap((entry) => entry[name] ?? []))].sort();

/** What is chosen is among the choices, also before there is a line that has it. */
const withChosen = (values: readonly string[], chosen: string): readonly string[] =>
  chosen === "" || values.includes(chosen) ? values : [chosen, ...values];
