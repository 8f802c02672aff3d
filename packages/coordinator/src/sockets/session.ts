import { once } from "node:events";
import { opsLacking, type WorkerFacts, type WorkProgress } from "@tributary/federation";
import type { Graph } from "@tributary/nn";
import type { Channel, CoordinatorEvents, WorkerEvents } from "@tributary/protocol";
import { type TributaryError, toTributaryError } from "@tributary/protocol";
import type { Socket } from "socket.io";
import type { WorkerDescription } from "./registration.js";
import { type Attempt, isOf, type Work, type WorkName, WorkQueue } from "./work.js";

/** How long a silent connection may take to prove that its worker lives, when another one claims the name, ms. */
const PROOF_OF_LIFE_MS = 2_000;

/** How long others wait for a connection to take what was sent, ms. */
const WRITING_MS = 1_000;

/** A registered worker's connection. */
export class Session {
  readonly #work: WorkQueue;
  progress: WorkProgress | undefined;
  lastSeen = new Date();

  constructor(
    readonly socket: Socket,
    readonly channel: Channel<WorkerEvents, CoordinatorEvents>,
    readonly description: WorkerDescription,
    /** Called when the worker refuses an assignment. */
    private readonly onRefusal: (session: Session, work: Work, error: TributaryError) => void,
  ) {
    this.#work = new WorkQueue((work) => void this.#start(work));
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

  assign(work: Work): void {
    this.#work.add(work);
  }

  settle(done: WorkName): void {
    this.progress = undefined;
    this.#work.settle(done);
  }

  /** Calls off the work of an attempt at a round, or such of it. */
  abort(attempt: Attempt, reason: string, isMeant: (work: Work) => boolean = () => true): void {
    const { current } = this.#work;
    if (current !== undefined && isOf(current, attempt) && isMeant(current)) {
      this.progress = undefined;
      const { job, round } = attempt;
      // Before the next work is sent, which may be of the same attempt. A worker that does not hear it finds out when its result is refused.
      this.channel.call("abort", { job, round, attempt: attempt.attempt, reason }).catch(() => {});
    }
    this.#work.dismiss((work) => isOf(work, attempt) && isMeant(work));
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

  async #start(work: Work): Promise<void> {
    this.progress = undefined;
    try {
      await this.channel.call("assign", work.assignment(this.description));
    } catch (thrown) {
      const error = toTributaryError(thrown);
      // A lost worker is assigned again when it comes back; a deaf one is left to the deadline.
      if (error.code === "disconnected" || error.code === "timed_out") return;
      this.settle(work);
      this.onRefusal(this, work, error);
    }
  }
}
