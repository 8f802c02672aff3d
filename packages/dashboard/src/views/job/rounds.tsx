import type { RoundView } from "@tributary/federation";
import { useState } from "react";
import { useSignedIn } from "../../data/context.js";
import { bytes, clock, duration, percent, reasonOf, small } from "../../data/format.js";
import { Badge, Empty, Problem, Table } from "../../ui/states.js";
import { Gantt } from "./gantt.js";

/** Rounds that are read at once. */
const PAGE = 20;
const nameOf = ({ number, attempt }: RoundView): string =>
  attempt === 1 ? `${number}` : `${number}, attempt ${attempt}`;
const keyOf = ({ number, attempt }: RoundView): string => `${number}/${attempt}`;

/** What each round took, in time and bytes, and who was in it. */
export function Rounds({ job, newest }: { readonly job: string; readonly newest: readonly RoundView[] }) {
  const { client } = useSignedIn();
  const [chosen, setChosen] = useState<string>();
  const [older, setOlder] = useState<{ readonly rounds: readonly RoundView[]; readonly next?: string | null }>({
    rounds: [],
  });
  const [problem, setProblem] = useState<string>();
  const [isLoading, setIsLoading] = useState(false);
  const known = new Set(newest.map(keyOf));
  const rounds = [...older.rounds.filter((round) => !known.has(keyOf(round))), ...newest];
  const hasOlder = older.next !== null && (rounds[0]?.number ?? 1) > 1;

  const readOlder = async () => {
    setIsLoading(true);
    setProblem(undefined);
    try {
      let next = older.next;
      let found: RoundView[] = [];
      // The first pages may hold what is here already.
      do {
        const page = await client.jobs.newestRounds(job, { limit: PAGE, ...(next && { cursor: next }) });
        found = [...page.rounds.reverse(), ...found];
        next = page.next;
      } while (next !== null && found.every((round) => known.has(keyOf(round))));
      setOlder({ rounds: [...found, ...older.rounds], next });
    } catch (error) {
      setProblem(reasonOf(error));
    }
    setIsLoading(false);
  };
  const shown = rounds.find((round) => keyOf(round) === chosen) ?? rounds.at(-1);
  if (shown === undefined) return <Empty title="No round has begun yet" />;
  return (
    <>
      <OneRound round={shown} />
      <h2>Rounds, the newest first</h2>
      <Table label="Rounds">
        <thead>
          <tr>
            <th scope="col">Round</th>
            <th scope="col">State</th>
            <th scope="col">Began</th>
            <th scope="col" className="number">
              Took
            </th>
            <th scope="col" className="number">
              Updates
            </th>
            <th scope="col" className="number">
              Down
            </th>
            <th scope="col" className="number">
              Up
            </th>
            <th scope="col" className="number">
              Codec
            </th>
            <th scope="col" className="number">
              Accuracy
            </th>
            <th scope="col" className="number">
              Loss
            </th>
          </tr>
        </thead>
        <tbody>
          {rounds.toReversed().map((round) => (
            <tr key={keyOf(round)}>
              <th scope="row">
                <button type="button" aria-pressed={round === shown} onClick={() => setChosen(keyOf(round))}>
                  {nameOf(round)}
                </button>
              </th>
              <td>
                <Badge kind={round.status}>{round.status}</Badge>
              </td>
              <td>{clock(round.startedAt)}</td>
              <td className="number">{round.timings.totalMs === null ? "–" : duration(round.timings.totalMs)}</td>
              <td className="number">
                {round.updates.length} of {round.cohort.length}
              </td>
              <td className="number">{bytes(round.bytesDown)}</td>
              <td className="number">{bytes(round.bytesUp)}</td>
              <td className="number">{codecRatio(round)}</td>
              <td className="number">{percent(round.evaluation?.accuracy)}</td>
              <td className="number">{small(round.evaluation?.loss)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
      {problem !== undefined && <Problem>{problem}</Problem>}
      {hasOlder && (
        <button type="button" disabled={isLoading} onClick={readOlder}>
          {isLoading ? "Loading …" : "Show older rounds"}
        </button>
      )}
    </>
  );
}

/** How many times smaller the updates travelled than they are. */
function codecRatio({ updates }: RoundView): string {
  const size = updates.reduce((sum, update) => sum + update.size, 0);
  const sent = updates.reduce((sum, update) => sum + update.sentBytes, 0);
  return sent === 0 ? "–" : `${(size / sent).toFixed(1)} ×`;
}

function OneRound({ round }: { readonly round: RoundView }) {
  return (
    <section className="card" aria-label={`Round ${nameOf(round)}`}>
      <h2>
        Round {nameOf(round)} <Badge kind={round.status}>{round.status}</Badge>
      </h2>
      <Gantt round={round} />
      {round.refusals.length > 0 && (
        <>
          <h3>Refused</h3>
          <Table label="Refused updates">
            <thead>
              <tr>
                <th scope="col">Worker</th>
                <th scope="col">Code</th>
                <th scope="col">Reason</th>
              </tr>
            </thead>
            <tbody>
              {round.refusals.map(({ worker, code, message }) => (
                <tr key={`${worker} ${code} ${message}`}>
                  <th scope="row">{worker}</th>
                  <td>
                    <code>{code}</code>
                  </td>
                  <td>{message}</td>
                </tr>
              ))}
            </tbody>
          </Table>
        </>
      )}
    </section>
  );
}
