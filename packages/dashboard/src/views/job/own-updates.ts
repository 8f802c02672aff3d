import type { JobSeries, SeriesWorker } from "@tributary/federation";
import { useEffect, useMemo, useState } from "react";
import { useSignedIn } from "../../data/context.js";
import { type Page, usePage } from "../../ui/pages.js";
import { type Known, MOST_WORKERS } from "./series.js";
import { type WorkerOrder, workersInOrder } from "./series-workers.js";

/** Points of a worker's line. */
const POINTS = 200;

/** Which workers are looked at. */
export interface WorkerFilter {
  /** Parts of their names, with commas between them; "" is all. */
  readonly part: string;
  readonly order: WorkerOrder;
}

/** Lines of single workers, as they were asked for. */
interface Loaded {
  readonly job: string;
  /** The last round of the page's series then. */
  readonly at: number;
  /** As it was told first: so workers keep their order while others are chosen. */
  readonly workers: readonly SeriesWorker[];
  readonly series: JobSeries;
}

interface OwnUpdates {
  /** With the lines of workers that were read so far, where some were. */
  readonly known: Known;
  readonly page: Page<string>;
}

/** The lines of a few workers' own updates. They come after the global ones: there are many more rows to read for them. */
export function useOwnUpdates(id: string, global: Known, filter: WorkerFilter, isWanted: boolean): OwnUpdates {
  const { client } = useSignedIn();
  const [latest, setLoaded] = useState<Loaded>();
  const loaded = latest?.job === id ? latest : undefined;
  const known = useMemo(() => ({ ...global, series: loaded?.series ?? global.series }), [global, loaded]);
  const ordered = useMemo(() => workersInOrder(known, loaded?.workers ?? [], filter), [known, loaded, filter]);
  const page = usePage(ordered, MOST_WORKERS);
  const { through } = global.series;
  const key = page.shown.join(",");
  const drawn = new Set(loaded?.series.lines.map(({ subject }) => subject));
  const isThere = loaded?.at === through && page.shown.every((name) => drawn.has(name));

  useEffect(() => {
    if (!isWanted || isThere || through === 0) return;
    let isGone = false;
    const chosen = key === "" ? { workers: MOST_WORKERS } : { names: key.split(",") };
    client.jobs.series(id, { points: POINTS, ...chosen }).then(
      (series) => {
        if (isGone) return;
        setLoaded((before) => {
          const isSame = before?.job === id && before.at === through;
          return { job: id, at: through, series, workers: isSame ? before.workers : series.workers };
        });
      },
      // The global model is shown all the same.
      () => undefined,
    );
    return () => {
      isGone = true;
    };
  }, [client, id, through, isWanted, isThere, key]);
  return { known, page };
}
