import { once } from "node:events";
import {
  opsLacking,
  type WorkerFacts,
  type WorkerState,
  type WorkerView,
  type WorkProgress,
} from "@tributary/federation";
import type { Graph } from "@tributary/nn";
import type { Channel, CoordinatorEvents, WorkerEvents } from "@tributary/protocol";
import { type TributaryError, toTributaryError } from "@tributary/protocol";
import type { Socket } from "socket.io";
import type { WorkerDescription } from "./registration.js";
import { type Attempt, isOf, isScoringKind, scoringPhases, type Work, type WorkName, WorkQueue } from "./work.js";

/** How long a silent connection may take to prove that its worker lives, when another one claims the name, ms. */
const PROOF_OF_LIFE_MS = 2_000;

/** How long others wait for a connection to take what was sent, ms. */
const WRITING_MS = 1_000;

const JOBS_REMEMBERED = 8;

/** What is told of a worker's connection. */
export interface SessionListener {
  /** The worker refused an assignment. */
  refused(session: Session, work: Work, error: TributaryError): void;
  /** It does something else now, or something became known of it. */
  changed(session: Session): void;
  /** It does the same, and is further. */
  progressed(session: Session): void;
}

/** A registered worker's connection. */
export class Session {
  readonly #work: WorkQueue;
  #jobs: readonly string[] = [];
  #progress: WorkProgress | undefined;
  #state: WorkerState = "idle";
  #since = new Date();
  #lastError: WorkerView["lastError"] = null;
  #roundTripMs: number | null = null;
  lastSeen = new Date();

  constructor(
    readonly socket: Socket,
    readonly channel: Channel<WorkerEvents, CoordinatorEvents>,
    readonly description: WorkerDescription,
    private readonly listener: SessionListener,
  ) {
    this.#work = new WorkQueue((work) => void this.#start(work));
    measureRoundTrips(socket, (ms) => this.#measured(ms));
  }

  get name(): string {
    return this.description.name;
  }

  /** What a job whose network this is needs to know of the worker. */
  factsFor(graph: Graph): WorkerFacts {
    const { name, role, dataset, samples, ops, tags, backend, memory } = this.description;
    const lacks = opsLacking(graph, ops);
    return {
      ...{ name, role, dataset, samples, backend },
      ...(lacks.length > 0 && { lacks }),
      ...(tags.length > 0 && { tags }),
      ...(memory > 0 && { memory }),
    };
  }

  get current(): Work | undefined {
    return this.#work.current;
  }

  get progress(): WorkProgress | undefined {
    return this.#progress;
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** When it came into this state. */
  get since(): Date {
    return this.#since;
  }

  /** Why its last work that came to nothing did. */
  get lastError(): WorkerView["lastError"] {
    return this.#lastError;
  }

  get roundTripMs(): number | null {
    return this.#roundTripMs;
  }

  /** Whether it was asked for work of this job, lately. */
  wasAskedFor(job: string): boolean {
    return this.#jobs.includes(job);
  }

  /** Assignments that wait behind the current one. */
  get waiting(): number {
    return this.#work.waiting;
  }

  assign(work: Work): void {
    this.#jobs = [work.job, ...this.#jobs.filter((job) => job !== work.job)].slice(0, JOBS_REMEMBERED);
    this.#work.add(work);
    this.#moved();
  }

  settle(done: WorkName): void {
    this.#progress = undefined;
    this.#work.settle(done);
    this.#moved();
  }

  /** The worker says how far its present work is. */
  advance(progress: WorkProgress): void {
    this.#progress = progress;
    if (!this.#moved()) this.listener.progressed(this);
  }

  /** Work of the worker came to nothing. */
  fail(code: string, message: string): void {
    this.#lastError = { code, message, at: new Date().toISOString() };
    this.listener.changed(this);
  }

  /** The same worker was here before. */
  remember(lastError: WorkerView["lastError"]): void {
    this.#lastError = lastError;
  }

  /** Calls off the work of an attempt at a round, or such of it. */
  abort(attempt: Attempt, reason: string, isMeant: (work: Work) => boolean = () => true): void {
    const { current } = this.#work;
    if (current !== undefined && isOf(current, attempt) && isMeant(current)) {
      this.#progress = undefined;
      const { job, round } = attempt;
      // Before the next work is sent, which may be of the same attempt. A worker that does not hear it finds out when its result is refused.
      this.channel.call("abort", { job, round, attempt: attempt.attempt, reason }).catch(() => {});
    }
    this.#work.dismiss((work) => isOf(work, attempt) && isMeant(work));
    this.#moved();
  }

  /** A job has ended: what the worker keeps for it is of no use any more. One that does not hear it does when it registers again. */
  tellOver(job: string): void {
    const message = { job, round: 0, attempt: 0, reason: "the job is over", jobOver: true };
    this.channel.call("abort", message).catch(() => {});
  }

  /** Whether the worker answers. Aborting a job that there is not changes nothing at its side. */
  async isAlive(): Promise<boolean> {
    if (!this.socket.connected) return false;
    const probe = { job: "", round: 0, attempt: 0, reason: "still there?" };
    return this.channel.call("abort", probe, { timeoutMs: PROOF_OF_LIFE_MS }).then(
      () => true,
      (error: TributaryError) => error.code !== "timed_out" && error.code !== "disconnected",
    );
  }

  /** Waits until what was sent has left this process. @returns false when the connection is too slow for that, or gone */
  async isWritten(): Promise<boolean> {
    const { transport } = this.socket.conn;
    const patience = AbortSignal.timeout(WRITING_MS);
    try {
      while (this.socket.connected && !transport.writable) await once(transport, "ready", { signal: patience });
      return this.socket.connected;
    } catch {
      return false;
    }
  }

  /** Tells when the worker does something else than before. @returns whether it does */
  #moved(): boolean {
    const state = stateOf(this.current, this.#progress);
    if (state === this.#state) return false;
    this.#state = state;
    this.#since = new Date();
    this.listener.changed(this);
    return true;
  }

  #measured(ms: number): void {
    const before = this.#roundTripMs;
    this.#roundTripMs = ms;
    // Each small change would be told to everyone who looks on.
    if (before === null || Math.abs(ms - before) > Math.max(5, before)) this.listener.changed(this);
  }

  async #start(work: Work): Promise<void> {
    this.#progress = undefined;
    try {
      await this.channel.call("assign", work.assignment(this.description));
    } catch (thrown) {
      const error = toTributaryError(thrown);
      // A lost worker is assigned again when it comes back; a deaf one is left to the deadline.
      if (error.code === "disconnected" || error.code === "timed_out") return;
      this.settle(work);
      this.listener.refused(this, work, error);
    }
  }
}

function stateOf(work: Work | undefined, progress: WorkProgress | undefined): WorkerState {
  if (work === undefined) return "idle";
  if (progress?.phase === "download") return "downloading";
  if (progress?.phase === "upload") return "uploading";
  return isScoringKind(work.kind) ? scoringPhases[work.kind] : work.kind;
}

/** The socket's own pings say how far away the worker is: an answer waits behind chunks, as all else does. */
function measureRoundTrips({ conn }: Socket, onMeasured: (ms: number) => void): void {
  let sent: number | undefined;
  conn.on("packetCreate", ({ type }) => {
    if (type === "ping") sent = performance.now();
  });
  conn.on("packet", ({ type }) => {
    if (type !== "pong" || sent === undefined) return;
    onMeasured(performance.now() - sent);
    sent = undefined;
  });
}
