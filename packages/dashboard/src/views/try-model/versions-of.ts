import type { TributaryClient } from "@tributary/client";
import type { JobView, ModelVersionView } from "@tributary/federation";
import { useEffect, useRef, useState } from "react";
import { useSignedIn } from "../../data/context.js";
import { reasonOf } from "../../data/format.js";
import { Paced } from "../../data/paced.js";

/** Least time between two readings, ms. */
const PACE_MS = 1_000;
/** Versions that are asked for at once. */
const PAGE = 200;

export interface Versions {
  /** The newest first. */
  readonly versions: readonly ModelVersionView[];
  readonly problem: string | undefined;
}

/** All versions of a job's model; those that it makes meanwhile come as the stream tells of them. @param job the same one always */
export function useVersions({ id, model }: JobView): Versions {
  const { client } = useSignedIn();
  const [versions, setVersions] = useState<readonly ModelVersionView[]>([]);
  const [problem, setProblem] = useState<string>();
  const reading = useRef<Paced>(undefined);
  useEffect(() => {
    let known: readonly ModelVersionView[] = [];
    const opened = new Paced(async () => {
      try {
        known = [...(await versionsAfter(client, id, known[0]?.round ?? -1)), ...known];
        if (opened.isStopped) return;
        setVersions(known);
        setProblem(undefined);
      } catch (error) {
        if (!opened.isStopped) setProblem(reasonOf(error));
      }
    }, PACE_MS);
    reading.current = opened;
    return () => opened.stop();
  }, [client, id]);
  const newest = model?.round;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is read again for each new version
  useEffect(() => reading.current?.ask(), [client, id, newest]);
  return { versions, problem };
}

/** The versions after that of a round, the newest first. */
export async function versionsAfter(
  client: { readonly models: Pick<TributaryClient["models"], "newest"> },
  job: string,
  round: number,
): Promise<ModelVersionView[]> {
  const found: ModelVersionView[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { models, next } = await client.models.newest(job, { limit: PAGE, ...(cursor !== undefined && { cursor }) });
    const later = models.filter((version) => version.round > round);
    found.push(...later);
    cursor = later.length < models.length ? null : next;
  }
  return found;
}
