import type { RoundView } from "@tributary/federation";
import { useEffect, useState } from "react";
import { useSignedIn } from "../../data/context.js";
import { count, percent, reasonOf } from "../../data/format.js";
import { Empty, Loading, Problem, Table } from "../../ui/states.js";

/** Classes of a matrix that is shown, at most. */
const MOST_CLASSES = 50;

/** What the newest scored model takes for what. @param rounds the newest ones: the scored one may have been long before them */
export function Confusion({ job, rounds }: { readonly job: string; readonly rounds: readonly RoundView[] }) {
  const { client } = useSignedIn();
  const [found, setFound] = useState<readonly RoundView[]>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    let isGone = false;
    client.jobs.newestRounds(job, { limit: 1, evaluated: true }).then(
      (page) => isGone || setFound(page.rounds),
      (error: unknown) => isGone || setProblem(reasonOf(error)),
    );
    return () => {
      isGone = true;
    };
  }, [client, job]);
  const scored = rounds.findLast(hasMatrix) ?? found?.findLast(hasMatrix);
  const confusion = scored?.evaluation?.confusion ?? [];
  const classes = Math.round(Math.sqrt(confusion.length));
  if (scored === undefined && problem !== undefined) return <Problem>{problem}</Problem>;
  if (scored === undefined && found === undefined) return <Loading what="the newest score" />;
  if (scored === undefined)
    return (
      <Empty title="No confusion matrix yet">
        <p>It comes with a round that an evaluator scores.</p>
      </Empty>
    );
  if (classes > MOST_CLASSES) return <Empty title={`${classes} classes are too many for a table`} />;
  const rows = Array.from({ length: classes }, (_, label) => confusion.slice(label * classes, (label + 1) * classes));
  return (
    <section className="card">
      <h2>Round {scored.number}</h2>
      <p className="quiet">
        A row for each label, a column for each prediction. The stronger the colour, the larger its part of the row.
      </p>
      <Table label={`Confusion matrix of round ${scored.number}`}>
        <thead>
          <tr>
            <th scope="col">Label</th>
            {rows.map((_, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a class is its index
              <th key={column} scope="col" className="number">
                {column}
              </th>
            ))}
            <th scope="col" className="number">
              Right
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, label) => {
            const sum = row.reduce((a, b) => a + b, 0);
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: a class is its index
              <tr key={label}>
                <th scope="row">{label}</th>
                {row.map((value, column) => (
                  <td
                    // biome-ignore lint/suspicious/noArrayIndexKey: a class is its index
                    key={column}
                    className="number"
                    style={{ background: shade(value / Math.max(1, sum), label === column) }}
                  >
                    {count(value)}
                  </td>
                ))}
                <td className="number">{sum === 0 ? "–" : percent((row[label] ?? 0) / sum)}</td>
              </tr>
            );
          })}
        </tbody>
      </Table>
    </section>
  );
}

const hasMatrix = ({ evaluation }: RoundView): boolean => evaluation !== null && evaluation.confusion.length > 0;

const shade = (part: number, isRight: boolean): string =>
  `color-mix(in srgb, ${isRight ? "var(--series-0)" : "var(--series-1)"} ${Math.round(35 * Math.sqrt(part))}%, transparent)`;
