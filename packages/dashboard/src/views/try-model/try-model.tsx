import type { JobView } from "@tributary/federation";
import { useEffect, useRef, useState } from "react";
import { useSignedIn } from "../../data/context.js";
import { percent, reasonOf } from "../../data/format.js";
import { linkTo } from "../../data/route.js";
import { Empty, Loading, Meter, Problem } from "../../ui/states.js";
import { type Classifier, openClassifier } from "./classifier.js";
import { DrawingPad } from "./drawing-pad.js";
import { placementOf, valuesOf } from "./image.js";
import { useVersions } from "./versions-of.js";

/** Classes that are shown, the likeliest. */
const MOST_CLASSES = 10;

/** A model of a job, computed in this browser: what is drawn leaves it for nowhere. */
export default function TryModel({ wanted }: { readonly wanted: string | undefined }) {
  const { jobs } = useSignedIn().federation;
  if (jobs === undefined) return <Loading what="the jobs" />;
  const ready = jobs.filter(({ model }) => model !== null);
  const job = ready.find(({ id }) => id === wanted) ?? ready[0];
  return (
    <>
      <h1>Try a model</h1>
      {job === undefined ? (
        <Empty title="No job has a model yet">
          <p>
            <a href={linkTo.newJob()}>Make a job</a> first.
          </p>
        </Empty>
      ) : (
        <Trial key={job.id} jobs={ready} job={job} />
      )}
    </>
  );
}

function Trial({ jobs, job }: { readonly jobs: readonly JobView[]; readonly job: JobView }) {
  const { client } = useSignedIn();
  const { versions, problem: unread } = useVersions(job);
  const [round, setRound] = useState(job.model?.round ?? 0);
  const [classifier, setClassifier] = useState<Classifier>();
  const [scores, setScores] = useState<readonly number[]>();
  const [problem, setProblem] = useState<string>();
  const canvas = useRef<HTMLCanvasElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a job's network stays what it is while its view changes
  useEffect(() => {
    let isGone = false;
    let opened: Classifier | undefined;
    setClassifier(undefined);
    setProblem(undefined);
    openClassifier(client, job, round).then(
      (found) => {
        if (isGone) return found[Symbol.dispose]();
        opened = found;
        setClassifier(found);
      },
      (error: unknown) => isGone || setProblem(reasonOf(error)),
    );
    return () => {
      isGone = true;
      opened?.[Symbol.dispose]();
    };
  }, [client, job.id, round]);

  /** Another version is asked about the same drawing. */
  useEffect(() => {
    if (classifier !== undefined) setScores(canvas.current === null ? undefined : answer(classifier, canvas.current));
  }, [classifier]);

  return (
    <>
      <div className="filters">
        <label className="field">
          <span>Job</span>
          <select
            value={job.id}
            onChange={({ target }) => {
              location.hash = linkTo.tryModel(target.value);
            }}
          >
            {jobs.map(({ id, name }) => (
              <option key={id} value={id}>
                {name} ({id})
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>Version</span>
          <select value={round} onChange={({ target }) => setRound(Number(target.value))}>
            {(versions.length === 0 ? [{ round }] : versions).map((version) => (
              <option key={version.round} value={version.round}>
                round {version.round}
              </option>
            ))}
          </select>
        </label>
      </div>
      {unread !== undefined && <Problem>{unread}</Problem>}
      {problem !== undefined ? (
        <Problem>{problem}</Problem>
      ) : classifier === undefined ? (
        <Loading what="the model" />
      ) : (
        <div className="columns even">
          <section className="card" aria-label="Input">
            <p className="quiet">
              Draw with the mouse or a finger, or open a picture. The network takes {classifier.size.width} ×{" "}
              {classifier.size.height} pixels{classifier.size.channels === 3 && " in colour"}. All is computed in this
              browser.
            </p>
            <DrawingPad ref={canvas} onChange={(drawn) => setScores(answer(classifier, drawn))} />
          </section>
          <section className="card" aria-label="Prediction" aria-live="polite">
            <Prediction scores={scores} />
          </section>
        </div>
      )}
    </>
  );
}

function Prediction({ scores }: { readonly scores: readonly number[] | undefined }) {
  if (scores === undefined) return <p className="quiet">The prediction appears here as you draw.</p>;
  const ranked = scores.map((score, index) => ({ score, index })).sort((a, b) => b.score - a.score);
  const [best] = ranked;
  return (
    <>
      <h2>
        Prediction: <output className="answer">{best?.index}</output>{" "}
        <span className="quiet">{percent(best?.score)}</span>
      </h2>
      <ol className="scores">
        {ranked.slice(0, MOST_CLASSES).map(({ score, index }) => (
          <li key={index}>
            <span>{index}</span> <Meter value={score} label={`Class ${index}`} /> <span>{percent(score)}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

/** What the model says of a drawing; undefined when there is none. */
function answer(classifier: Classifier, drawn: HTMLCanvasElement): number[] | undefined {
  const { size } = classifier;
  const pixels = drawn.getContext("2d", { willReadFrequently: true })?.getImageData(0, 0, drawn.width, drawn.height);
  const placement = pixels && placementOf(pixels, size);
  const small = new OffscreenCanvas(size.width, size.height).getContext("2d", { willReadFrequently: true });
  if (placement === undefined || small === null) return undefined;
  const { from, to } = placement;
  small.fillStyle = "black";
  small.fillRect(0, 0, size.width, size.height);
  small.imageSmoothingQuality = "high";
  small.drawImage(drawn, from.x, from.y, from.width, from.height, to.x, to.y, to.width, to.height);
  return classifier.ask(valuesOf(small.getImageData(0, 0, size.width, size.height), size));
}
