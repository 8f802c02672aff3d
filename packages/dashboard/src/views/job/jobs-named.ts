import type { JobView } from "@tributary/federation";
import { useEffect, useMemo, useState } from "react";
import { useSignedIn } from "../../data/context.js";

/** Jobs that are listed at once: more of them are looked for by name. */
export const MOST_LISTED = 50;
/** How long the keyboard must be still before the coordinator is asked, ms. */
const STILL_MS = 250;

/** What was found last. */
interface Found {
  readonly part: string;
  readonly jobs: readonly JobView[];
}

/**
 * Jobs whose names or ids have a part: those that the page knows at once, and then those that the coordinator finds by name among all.
 * The newest first, and as the stream tells of them.
 */
export function useJobsNamed(part: string): readonly JobView[] {
  const { client, federation } = useSignedIn();
  const [found, setFound] = useState<Found>();
  useEffect(() => {
    if (part === "") return;
    let isGone = false;
    const timer = setTimeout(() => {
      client.jobs.list({ name: part, limit: MOST_LISTED + 1 }).then(
        (jobs) => isGone || setFound({ part, jobs }),
        // Those that the page knows are shown all the same.
        () => undefined,
      );
    }, STILL_MS);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [client, part]);
  return useMemo(() => {
    const older = found?.part === part ? found.jobs : [];
    const all = new Map([...older, ...(federation.jobs ?? []).filter(isCalled(part))].map((job) => [job.id, job]));
    return [...all.values()].sort((one, other) => other.submittedAt.localeCompare(one.submittedAt));
  }, [federation.jobs, found, part]);
}

const isCalled =
  (part: string) =>
  ({ id, name }: JobView): boolean =>
    [id, name].some((text) => text.toLowerCase().includes(part.toLowerCase()));
