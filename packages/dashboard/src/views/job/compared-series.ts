import type { JobSeries, JobView } from "@tributary/federation";
import { useEffect, useRef, useState } from "react";
import { useSignedIn } from "../../data/context.js";
import { reasonOf } from "../../data/format.js";
import { Paced } from "../../data/paced.js";

/** Least time between two readings of a job's rounds, ms. */
const PACE_MS = 3_000;

/** A job whose rounds are read again when they move on. */
interface Follower {
  readonly reading: Paced;
  /** Where the job stood when it was last asked for. */
  readonly at: string;
}

export interface ComparedSeries {
  /** By job, as far as they were read. */
  readonly series: ReadonlyMap<string, JobSeries>;
  /** Why some could not be. */
  readonly problem: string | undefined;
}

/** The rounds of some jobs in few points: read once, and again whenever a job is said to have moved on. */
export function useComparedSeries(jobs: readonly JobView[]): ComparedSeries {
  const { client } = useSignedIn();
  const [series, setSeries] = useState<ReadonlyMap<string, JobSeries>>(new Map());
  const [problem, setProblem] = useState<string>();
  const followers = useRef(new Map<string, Follower>());
  const places = JSON.stringify(jobs.map((job) => [job.id, placeOf(job)]));

  // biome-ignore lint/correctness/useExhaustiveDependencies: the places stand for the jobs
  useEffect(() => {
    const known = followers.current;
    for (const [id, { reading }] of known) {
      if (jobs.some((job) => job.id === id)) continue;
      reading.stop();
      known.delete(id);
    }
    for (const job of jobs) {
      const { id } = job;
      const at = placeOf(job);
      const before = known.get(id);
      if (before?.at === at) continue;
      const reading = before?.reading ?? new Paced(() => read(id), PACE_MS);
      known.set(id, { reading, at });
      reading.ask();
    }
  }, [places]);
  useEffect(() => {
    const known = followers.current;
    return () => {
      for (const { reading } of known.values()) reading.stop();
      known.clear();
    };
  }, []);

  const read = async (id: string): Promise<void> => {
    try {
      const found = await client.jobs.series(id);
      setSeries((before) => new Map(before).set(id, found));
      setProblem(undefined);
    } catch (error) {
      setProblem(reasonOf(error));
    }
  };
  return { series, problem };
}

/** It is another one when a round is over. */
const placeOf = ({ round, status }: JobView): string => `${round} ${status}`;
