import type { JobLogLine } from "@tributary/federation";
import { useEffect, useState } from "react";
import { useSignedIn } from "../../data/context.js";
import { clock, count, reasonOf } from "../../data/format.js";
import { Badge, Empty, Loading, Problem, Table } from "../../ui/states.js";

/** Least time between two readings, ms. */
const PACE_MS = 500;
const levels = { all: "warnings and errors", warn: "warnings", error: "errors" } as const;
type Level = keyof typeof levels;
const levelNames = ["all", "warn", "error"] as const satisfies readonly Level[];

/** What workers warned of in a job, the newest first, as it comes. @param changed another number when there may be new lines */
export function Logs({ job, changed }: { readonly job: string; readonly changed: number }) {
  const { client } = useSignedIn();
  const [lines, setLines] = useState<readonly JobLogLine[]>();
  const [problem, setProblem] = useState<string>();
  const [level, setLevel] = useState<Level>("all");

  // biome-ignore lint/correctness/useExhaustiveDependencies: read again when there may be new lines
  useEffect(() => {
    let isGone = false;
    const timer = setTimeout(
      () =>
        client.jobs.logs(job).then(
          (found) => {
            if (isGone) return;
            setLines(found);
            setProblem(undefined);
          },
          (error: unknown) => isGone || setProblem(reasonOf(error)),
        ),
      lines === undefined ? 0 : PACE_MS,
    );
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [client, job, changed]);

  if (lines === undefined) return problem === undefined ? <Loading what="the log" /> : <Problem>{problem}</Problem>;
  const shown = lines.filter((line) => level === "all" || line.level === level).toReversed();
  return (
    <>
      {problem !== undefined && <Problem>{problem}</Problem>}
      <label className="row">
        <span>Show</span>
        <select
          value={level}
          onChange={({ target }) => setLevel(levelNames.find((name) => name === target.value) ?? "all")}
        >
          {levelNames.map((name) => (
            <option key={name} value={name}>
              {levels[name]}
            </option>
          ))}
        </select>
      </label>
      {shown.length === 0 ? (
        <Empty title={lines.length === 0 ? "No worker warned of anything" : `There are no ${levels[level]}`}>
          <p>What workers tell is kept from the start of the coordinator on: the newest 200 lines of a job.</p>
        </Empty>
      ) : (
        <Table label="Log of the job">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Worker</th>
              <th scope="col">Round</th>
              <th scope="col">Level</th>
              <th scope="col">Code</th>
              <th scope="col">Message</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ at, worker, round, level, code, message, omitted }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines may be the same in everything
              <tr key={`${at} ${worker} ${index}`}>
                <td>
                  <time dateTime={at}>{clock(at)}</time>
                </td>
                <td>{worker}</td>
                <td className="number">{round}</td>
                <td>
                  <Badge kind={level}>{level}</Badge>
                </td>
                <td>
                  <code>{code}</code>
                </td>
                <td>
                  {message}
                  {omitted > 0 && <span className="quiet"> · {count(omitted)} lines before it were left out</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </>
  );
}
