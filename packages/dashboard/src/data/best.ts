import type { JobView } from "@tributary/federation";
import { useEffect, useState } from "react";
import { useSignedIn } from "./context.js";

/** The best accuracy of each job that was looked at, by its id; kept as long as the page is open. */
const known = new Map<string, number>();

const raise = (id: string, accuracy: number | null): void => {
  if (accuracy !== null) known.set(id, Math.max(accuracy, known.get(id) ?? 0));
};

/** The best accuracy of a job's global models so far, 0 to 1; undefined without any. */
export function useBest({ id, accuracy }: JobView): number | undefined {
  const { client } = useSignedIn();
  const [, setLoaded] = useState(0);
  useEffect(() => {
    if (known.has(id) || accuracy === null) return;
    let isGone = false;
    client.jobs.series(id, { points: 4 }).then(
      ({ bestAccuracy }) => {
        raise(id, bestAccuracy);
        if (!isGone) setLoaded((before) => before + 1);
      },
      // The newest one is shown until it is asked for again.
      () => undefined,
    );
    return () => {
      isGone = true;
    };
  }, [client, id, accuracy]);
  if (known.has(id)) raise(id, accuracy);
  return known.get(id) ?? accuracy ?? undefined;
}
