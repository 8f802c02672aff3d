import type { JobView } from "@tributary/federation";
import { useEffect, useState } from "react";
import { useSignedIn } from "./context.js";

/** The best accuracy of each job that was looked at, by its id; kept as long as the page is open. */
const known = new Map<string, number>();

/** Of jobs with more rounds than these, only what came while the page was open is known: they are not read for a list. */
const MOST_ROUNDS = 1_000;

const raise = (id: string, accuracy: number | null | undefined): void => {
  if (accuracy !== null && accuracy !== undefined) known.set(id, Math.max(accuracy, known.get(id) ?? 0));
};

/** The best accuracy of a job's global models so far, 0 to 1; undefined without any. */
export function useBest({ id, accuracy, spec }: JobView): number | undefined {
  const { client } = useSignedIn();
  const [, setLoaded] = useState(0);
  const isShort = spec.rounds <= MOST_ROUNDS;
  useEffect(() => {
    if (known.has(id) || accuracy === null || !isShort) return;
    let isGone = false;
    client.jobs.rounds(id).then(
      (rounds) => {
        for (const { evaluation } of rounds) raise(id, evaluation?.accuracy);
        if (!isGone) setLoaded((before) => before + 1);
      },
      // The newest one is shown until it is asked for again.
      () => undefined,
    );
    return () => {
      isGone = true;
    };
  }, [client, id, accuracy, isShort]);
  if (known.has(id) || !isShort) raise(id, accuracy);
  return known.get(id) ?? accuracy ?? undefined;
}
