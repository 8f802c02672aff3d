import type { TributaryClient } from "@tributary/client";
import type { FederationNotice, JobView, WorkerView } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { useEffect, useMemo, useState } from "react";
import { type OlderJobs, useOlderJobs } from "./older-jobs.js";

/** Least time between two drawings, ms: 200 workers that train tell more often than anybody sees. */
const PACE_MS = 100;
/** Before the stream is asked for again after it came to an end for good, ms. */
const RETRY_MS = 2_000;

/** Whether the coordinator answers. */
export type Connection =
  | { readonly state: "connecting" | "live" }
  | { readonly state: "lost"; readonly since: number; readonly reason: string };

/** What the page knows of all workers and jobs; undefined until the first answer. */
export interface Federation {
  readonly workers: readonly WorkerView[] | undefined;
  /** The newest first: those that the stream tells of, and the older ones that were asked for. */
  readonly jobs: readonly JobView[] | undefined;
  readonly older: Omit<OlderJobs, "jobs">;
  /** Number of the audit log's newest line; undefined until the first answer. */
  readonly auditSeq: number | undefined;
  readonly connection: Connection;
  /** Shows a job's new state before the feed tells of it. */
  readonly tell: (job: JobView) => void;
}

/** The views that the stream has told so far, by name and id. */
class Told {
  readonly #workers = new Map<string, WorkerView>();
  readonly #jobs = new Map<string, JobView>();
  auditSeq: number | undefined;
  /** How often everything was told anew. */
  telling = 0;
  /** Whether all of the present state has been told. */
  isWhole = false;

  take({ type, data }: FederationNotice): void {
    switch (type) {
      case "reset":
        this.#workers.clear();
        this.#jobs.clear();
        this.isWhole = false;
        this.telling += 1;
        break;
      case "ready":
        this.isWhole = true;
        break;
      case "worker":
        this.#workers.set(data.name, data);
        break;
      case "job":
        this.#jobs.set(data.id, data);
        break;
      case "forgotten":
        this.#workers.delete(data.name);
        break;
      case "audit":
        this.auditSeq = data.seq;
        break;
    }
  }

  get workers(): WorkerView[] {
    return [...this.#workers.values()].sort((one, other) => one.name.localeCompare(other.name));
  }

  get jobs(): JobView[] {
    return [...this.#jobs.values()].sort(newestFirst);
  }
}

/**
 * Follows the workers and jobs of a coordinator, also over its restarts: by its stream of events, without asking again.
 * @param onRefused called when the token is no longer good
 */
export function useFederation(client: TributaryClient, onRefused: () => void): Federation {
  const [workers, setWorkers] = useState<readonly WorkerView[]>();
  const [told, setTold] = useState<readonly JobView[]>();
  const [auditSeq, setAuditSeq] = useState<number>();
  const [telling, setTelling] = useState(0);
  const [connection, setConnection] = useState<Connection>({ state: "connecting" });

  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const views = new Told();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      timer = undefined;
      if (signal.aborted || !views.isWhole) return;
      setWorkers(views.workers);
      setTold(views.jobs);
      setTelling(views.telling);
      setAuditSeq(views.auditSeq);
    };
    const onConnection = (lost: TributaryError | undefined) => {
      if (!signal.aborted) setConnection((before) => connectionAfter(before, lost));
    };
    const follow = async () => {
      try {
        for await (const notice of client.watchFederation({
          signal,
          patienceMs: Number.POSITIVE_INFINITY,
          onConnection,
        })) {
          views.take(notice);
          timer ??= setTimeout(draw, PACE_MS);
        }
      } catch (thrown) {
        if (signal.aborted) return;
        const error = thrown instanceof TributaryError ? thrown : new TributaryError("internal", "no answer");
        if (error.code === "unauthorized" || error.code === "forbidden") return onRefused();
        onConnection(error);
        retry = setTimeout(() => void follow(), RETRY_MS);
      }
    };
    let retry: ReturnType<typeof setTimeout> | undefined;
    void follow();
    return () => {
      stop.abort();
      clearTimeout(timer);
      clearTimeout(retry);
    };
  }, [client, onRefused]);

  const tell = (job: JobView) =>
    setTold((before) => [job, ...(before ?? []).filter(({ id }) => id !== job.id)].sort(newestFirst));
  const older = useOlderJobs(client, told, telling);
  const jobs = useMemo(() => told && joined(told, older.jobs), [told, older]);
  return { workers, jobs, older, auditSeq, connection, tell };
}

function connectionAfter(before: Connection, lost: TributaryError | undefined): Connection {
  if (lost === undefined) return before.state === "live" ? before : { state: "live" };
  return { state: "lost", since: before.state === "lost" ? before.since : Date.now(), reason: lost.message };
}

/** What the stream tells of a job counts more than what was read once. */
const joined = (told: readonly JobView[], older: readonly JobView[]): JobView[] =>
  [...new Map([...older, ...told].map((job) => [job.id, job])).values()].sort(newestFirst);

const newestFirst = (one: JobView, other: JobView): number => other.submittedAt.localeCompare(one.submittedAt);
