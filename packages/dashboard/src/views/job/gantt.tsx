import type { RoundView, WorkerView, WorkProgress } from "@tributary/federation";
import { useSignedIn } from "../../data/context.js";
import { bytes, duration, percent } from "../../data/format.js";
import { Pages } from "../../ui/pages.js";

interface Span {
  readonly phase: "download" | "train" | "upload" | "wait" | "aggregate" | "evaluate";
  readonly ms: number;
}

interface Row {
  readonly who: string;
  /** From the beginning of the round until the first span, ms. */
  readonly after: number;
  readonly spans: readonly Span[];
  readonly note: string;
}

/** Rows of a page. */
const ROWS = 25;

/** When each worker of a round did what, and what the coordinator did after it. */
export function Gantt({ job, round }: { readonly job: string; readonly round: RoundView }) {
  const { workers = [] } = useSignedIn().federation;
  const isAtWork = ({ progress }: WorkerView): boolean =>
    progress?.job === job && progress.round === round.number && progress.attempt === round.attempt;
  const rows = rowsOf(round, new Map(workers.filter(isAtWork).map(({ name, progress }) => [name, progress])));
  const whole = Math.max(1, ...rows.map(({ after, spans }) => after + spans.reduce((sum, { ms }) => sum + ms, 0)));
  const phases = [...new Set(rows.flatMap(({ spans }) => spans.map(({ phase }) => phase)))];
  return (
    <>
      <Pages rows={rows} what="rows" size={ROWS}>
        {(shown) => (
          <div className="gantt">
            {shown.map(({ who, after, spans, note }) => (
              <RowOfGantt key={who} who={who} after={after / whole} spans={spans} whole={whole} note={note} />
            ))}
          </div>
        )}
      </Pages>
      <ul className="legend" aria-label="Phases">
        {phases.map((phase) => (
          <li key={phase}>
            <i className={`phase-${phase}`} /> {phase}
          </li>
        ))}
        {phases.length > 0 && <li className="quiet">the whole width is {duration(whole)}</li>}
      </ul>
    </>
  );
}

interface RowProps extends Row {
  readonly whole: number;
}

function RowOfGantt({ who, after, spans, whole, note }: RowProps) {
  const text = spans.map(({ phase, ms }) => `${phase} ${duration(ms)}`).join(", ");
  return (
    <>
      <div>
        {who}
        <div className="quiet">{note}</div>
      </div>
      <div>
        <div className="bar" role="img" aria-label={`${who}: ${text || note}`} title={text}>
          <span style={{ width: `${100 * after}%` }} />
          {spans.map(({ phase, ms }) => (
            <span key={phase} className={`phase-${phase}`} style={{ width: `${(100 * ms) / whole}%` }} />
          ))}
        </div>
        <div className="quiet">{text}</div>
      </div>
    </>
  );
}

type Progress = ReadonlyMap<string, WorkProgress | null>;

function rowsOf({ cohort, updates, refusals, timings }: RoundView, progress: Progress): Row[] {
  const training = timings.trainingMs;
  const workers = cohort.map((who): Row => {
    const update = updates.find(({ worker }) => worker === who);
    if (update === undefined) {
      const refusal = refusals.find(({ worker }) => worker === who);
      const note = refusal ? "refused" : training === null ? atWork(progress.get(who)) : "no update";
      return { who, after: 0, spans: [], note };
    }
    const { downloadMs, trainMs, uploadMs, sentBytes, size } = update;
    const spent = downloadMs + trainMs + uploadMs;
    const spans: Span[] = [
      { phase: "download", ms: downloadMs },
      { phase: "train", ms: trainMs },
      { phase: "upload", ms: uploadMs },
      { phase: "wait", ms: training === null ? 0 : Math.max(0, training - spent) },
    ];
    const note = sentBytes < size ? `${bytes(sentBytes)} of ${bytes(size)} sent` : `${bytes(sentBytes)} sent`;
    return { who, after: 0, spans: spans.filter(({ ms }) => ms > 0), note };
  });
  const after: Span[] = [
    { phase: "aggregate", ms: timings.aggregationMs ?? 0 },
    { phase: "evaluate", ms: timings.evaluationMs ?? 0 },
  ];
  const spans = after.filter(({ ms }) => ms > 0);
  if (training === null) return workers;
  // Who held the round up comes first, and who sent nothing.
  const slowest = workers.sort((one, other) => workOf(other) - workOf(one));
  if (spans.length === 0) return slowest;
  return [{ who: "coordinator", after: training, spans, note: "and evaluators" }, ...slowest];
}

/** What a worker took for its update, ms; without one, without end. */
const workOf = ({ spans }: Row): number =>
  spans.length === 0 ? Number.MAX_VALUE : spans.reduce((sum, { phase, ms }) => (phase === "wait" ? sum : sum + ms), 0);

/** How far a worker without an update is. */
function atWork(progress: WorkProgress | null | undefined): string {
  if (!progress || progress.total <= 0) return "at work";
  return `${progress.phase} ${percent(progress.done / progress.total, 0)}`;
}
