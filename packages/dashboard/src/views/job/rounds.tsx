import type { RoundPageQuery } from "@tributary/client";
import { type JobView, type RoundView, roundNumbers, sentSizesOf, timesSmaller } from "@tributary/federation";
import { useState } from "react";
import { useSignedIn } from "../../data/context.js";
import { bytes, clock, duration, percent, reasonOf, short, small } from "../../data/format.js";
import { Pages } from "../../ui/pages.js";
import { Badge, Empty, Problem, Table } from "../../ui/states.js";
import { Fact } from "../federation.js";
import { Gantt } from "./gantt.js";
import { settledScoreOf } from "./series.js";

/** Rounds of a page of the list. */
const PAGE = 20;
const nameOf = ({ number, attempt }: RoundView): string =>
  attempt === 1 ? `${number}` : `${number}, attempt ${attempt}`;
const keyOf = ({ number, attempt }: RoundView): string => `${number}/${attempt}`;

/** A page of the list that isn't the newest one: it does not change while rounds come. */
interface OlderPage {
  readonly rounds: readonly RoundView[];
  /** What asks for the page behind it; null: it is the last. */
  readonly next: string | null;
  /** What asked for it and for those before it. */
  readonly asked: readonly RoundPageQuery[];
}

/** What each round took, in time and bytes, and who was in it. @param newest the newest rounds, in order, as they are now */
export function Rounds({ job, newest }: { readonly job: JobView; readonly newest: readonly RoundView[] }) {
  const { client } = useSignedIn();
  // As it was when it was chosen: the newest rounds move on.
  const [chosen, setChosen] = useState<RoundView>();
  const [page, setPage] = useState<OlderPage>();
  const [problem, setProblem] = useState<string>();
  const [isLoading, setIsLoading] = useState(false);
  const listed = page?.rounds ?? newest.slice(-PAGE).toReversed();
  const oldest = listed.at(-1);
  const hasOlder = page === undefined ? oldest !== undefined && oldest.number > 1 : page.next !== null;

  const read = async (asked: readonly RoundPageQuery[]): Promise<readonly RoundView[]> => {
    setIsLoading(true);
    setProblem(undefined);
    try {
      const { rounds, next } = await client.jobs.newestRounds(job.id, { limit: PAGE, ...asked.at(-1) });
      setPage({ rounds, next, asked });
      return rounds;
    } catch (error) {
      setProblem(reasonOf(error));
      return [];
    } finally {
      setIsLoading(false);
    }
  };
  const readOlder = () => {
    if (page?.next) return read([...page.asked, { cursor: page.next }]);
    // Attempts at the oldest round may be missing.
    if (oldest !== undefined) return read([{ through: oldest.attempt === 1 ? oldest.number - 1 : oldest.number }]);
  };
  const readNewer = () => {
    if (page === undefined || page.asked.length === 1) return setPage(undefined);
    return read(page.asked.slice(0, -1));
  };
  const goTo = async (number: number) => {
    const [found] = await read([{ through: number }]);
    if (found !== undefined) setChosen(found);
  };
  const isChosen = (round: RoundView): boolean => chosen !== undefined && keyOf(round) === keyOf(chosen);
  const shown = newest.findLast(isChosen) ?? chosen ?? newest.at(-1);
  if (shown === undefined) return <Empty title="No round has begun yet" />;
  return (
    <>
      <OneRound job={job} round={shown} />
      {chosen !== undefined && (
        <p>
          <button type="button" onClick={() => setChosen(undefined)}>
            Follow the newest round
          </button>
        </p>
      )}
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
          {listed.map((round) => (
            <tr key={keyOf(round)}>
              <th scope="row">
                <button type="button" aria-pressed={keyOf(round) === keyOf(shown)} onClick={() => setChosen(round)}>
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
              <td className="number">{percent(settledScoreOf(round)?.accuracy)}</td>
              <td className="number">{small(settledScoreOf(round)?.loss)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
      {problem !== undefined && <Problem>{problem}</Problem>}
      {(hasOlder || page !== undefined) && (
        <nav className="row pages" aria-label="Pages of rounds">
          <button type="button" disabled={isLoading || page === undefined} onClick={() => setPage(undefined)}>
            Newest
          </button>
          <button type="button" disabled={isLoading || page === undefined} onClick={readNewer}>
            Newer
          </button>
          <button type="button" disabled={isLoading || !hasOlder} onClick={readOlder}>
            Older
          </button>
          <GoTo isLoading={isLoading} onGo={goTo} />
        </nav>
      )}
    </>
  );
}

function GoTo({ isLoading, onGo }: { readonly isLoading: boolean; readonly onGo: (round: number) => void }) {
  const [number, setNumber] = useState("");
  return (
    <form
      className="row"
      onSubmit={(event) => {
        event.preventDefault();
        if (number !== "") onGo(Number(number));
      }}
    >
      <label className="row">
        <span>Round</span>
        <input
          type="number"
          min={1}
          max={1_000_000}
          required
          value={number}
          onChange={({ target }) => setNumber(target.value)}
        />
      </label>
      <button type="submit" disabled={isLoading}>
        Show
      </button>
    </form>
  );
}

/** How many times smaller the updates travelled than they are, and the model that came of them, where a codec is for that. */
function codecRatio({ updates, model }: RoundView): string {
  const { sentBytes, updateBytes } = sentSizesOf(updates);
  const ofUpdates = timesSmaller(sentBytes, updateBytes);
  if (model === null || model.sentBytes === model.size) return ofUpdates;
  return `${ofUpdates}, model ${timesSmaller(model.sentBytes, model.size)}`;
}

function OneRound({ job, round }: { readonly job: JobView; readonly round: RoundView }) {
  const numbers = [...roundNumbers(job.spec, round.number)];
  return (
    <section className="card" aria-label={`Round ${nameOf(round)}`}>
      <h2>
        Round {nameOf(round)} <Badge kind={round.status}>{round.status}</Badge>
      </h2>
      {numbers.length > 0 && (
        <dl className="facts" aria-label="Numbers of this round">
          {numbers.map(([name, value]) => (
            <Fact key={name} name={name}>
              {short(value)}
            </Fact>
          ))}
        </dl>
      )}
      <Gantt job={job.id} round={round} />
      {round.refusals.length > 0 && (
        <>
          <h3>Refused</h3>
          <Pages rows={round.refusals} what="refusals" size={20}>
            {(shown) => (
              <Table label="Refused updates">
                <thead>
                  <tr>
                    <th scope="col">Worker</th>
                    <th scope="col">Code</th>
                    <th scope="col">Reason</th>
                  </tr>
                </thead>
                <tbody>
                  {shown.map(({ worker, code, message }) => (
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
            )}
          </Pages>
        </>
      )}
    </section>
  );
}
