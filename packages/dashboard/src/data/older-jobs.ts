import type { TributaryClient } from "@tributary/client";
import type { JobView } from "@tributary/federation";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

/** Jobs that the stream tells of at first, at least, where there are as many: with fewer there are no older ones. */
const TOLD_AT_FIRST = 100;
/** Jobs that are read at once. */
const AT_ONCE = 100;

/** The jobs before those that the stream tells of. They are over, and never change. */
export interface OlderJobs {
  readonly jobs: readonly JobView[];
  /** Whether there may be more of them. */
  readonly hasMore: boolean;
  /** Reads some more. @throws TributaryError when the coordinator can't be asked: it may be tried again */
  readonly read: () => Promise<void>;
}

/**
 * @param told the jobs that the stream has told of
 * @param telling another number when it told everything anew: there may be jobs then between these and the older ones
 */
export function useOlderJobs(
  client: TributaryClient,
  told: readonly JobView[] | undefined,
  telling: number,
): OlderJobs {
  const [older, setOlder] = useState<{ readonly jobs: readonly JobView[]; readonly isWhole: boolean }>({
    ...{ jobs: [], isWhole: false },
  });
  const reading = useRef<Promise<void>>(undefined);
  const source = useRef<AsyncGenerator<JobView>>(undefined);
  const known = useMemo(() => new Set([...(told ?? []), ...older.jobs].map(({ id }) => id)), [told, older]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is gone through again after each
  useEffect(() => {
    source.current = undefined;
    setOlder(({ jobs }) => ({ jobs, isWhole: false }));
  }, [telling]);

  const read = useCallback((): Promise<void> => {
    const readMore = async () => {
      source.current ??= client.jobs.all();
      try {
        const { jobs, isWhole } = await nextOf(source.current, known, AT_ONCE);
        setOlder((before) => ({ jobs: [...before.jobs, ...jobs], isWhole }));
      } catch (error) {
        // A list that broke off can't be gone on with.
        source.current = undefined;
        throw error;
      } finally {
        reading.current = undefined;
      }
    };
    reading.current ??= readMore();
    return reading.current;
  }, [client, known]);
  const hasMore = !older.isWhole && (told?.length ?? 0) >= TOLD_AT_FIRST;
  return useMemo(() => ({ jobs: older.jobs, hasMore, read }), [older, hasMore, read]);
}

/** The next jobs of a list that are not known, and whether they are the last. */
export async function nextOf(
  source: AsyncGenerator<JobView>,
  known: ReadonlySet<string>,
  most: number,
): Promise<{ readonly jobs: readonly JobView[]; readonly isWhole: boolean }> {
  const jobs: JobView[] = [];
  while (jobs.length < most) {
    const { done, value } = await source.next();
    if (done) return { jobs, isWhole: true };
    if (!known.has(value.id)) jobs.push(value);
  }
  return { jobs, isWhole: false };
}
