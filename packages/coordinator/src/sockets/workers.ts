import type { WorkerView } from "@tributary/federation";
import { isOwnOp } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import type { AuditTrail } from "../audit-trail.js";
import type { WorkerRecord } from "../store/records.js";
import type { Store } from "../store/store.js";
import type { WorkerDescription } from "./registration.js";
import type { Session } from "./session.js";
import { type Attempt, isScoringKind, scoringPhases, type Work } from "./work.js";

/** Who wants to know who is there. */
export interface WorkersListener {
  joined(session: Session): void;
  left(name: string): void;
}

/** The workers that are connected, by name. */
export class Workers {
  readonly #sessions = new Map<string, Session>();
  readonly #listeners: WorkersListener[] = [];
  readonly #saving = new Set<Promise<void>>();

  constructor(
    private readonly store: Store,
    private readonly trail: AuditTrail,
  ) {}

  listen(listener: WorkersListener): void {
    this.#listeners.push(listener);
  }

  get connected(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  get(name: string): Session | undefined {
    return this.#sessions.get(name);
  }

  /**
   * Makes a name free for who has the right to it. A name belongs to the key that registered it first. A new connection of the
   * same process takes over at once, for the process has given its old one up; another process of the same worker takes over
   * from one that is dead.
   *
   * @throws TributaryError `worker_name_taken` when it belongs to another key, or its holder lives
   */
  async claimName({ name, publicKey, instance }: WorkerDescription): Promise<void> {
    const owner = await this.store.workerKey(name);
    const holder = this.#sessions.get(name);
    if ((owner ?? holder?.description.publicKey ?? publicKey) !== publicKey)
      throw new TributaryError("worker_name_taken", `the name ${name} belongs to a worker with another key`, {
        hint: `Take another --name. Or, when that worker is gone for good: \`tributary workers remove ${name}\`.`,
      });
    if (holder === undefined) return;
    if (holder.description.instance !== instance && (await holder.isAlive()))
      throw new TributaryError("worker_name_taken", `another process of the worker ${name} is connected`, {
        hint: "Stop the other one: two processes with copies of one state folder are not two workers.",
      });
    await this.remove(holder);
    holder.socket.disconnect(true);
  }

  /** @throws TributaryError `worker_name_taken` when another one of this name was faster */
  async add(session: Session): Promise<void> {
    if (this.#sessions.has(session.name))
      throw new TributaryError("worker_name_taken", `another worker is connected as ${session.name}`);
    this.#sessions.set(session.name, session);
    try {
      await this.store.saveWorker(recordOf(session));
    } catch (error) {
      this.#sessions.delete(session.name);
      throw error;
    }
  }

  /** Tells the listeners that a worker is ready for work. */
  announce(session: Session): void {
    if (this.#sessions.get(session.name) !== session) return;
    const { ops: _, sampleShape: __, name, ...details } = session.description;
    const { address } = session.socket.handshake;
    this.trail.note("worker.joined", { actor: `worker:${name}`, details: { ...details, address } });
    for (const listener of this.#listeners) listener.joined(session);
  }

  /** The connection is gone, or the worker said that it leaves. Twice does no harm. */
  async remove(session: Session): Promise<void> {
    if (this.#sessions.get(session.name) !== session) return;
    this.#sessions.delete(session.name);
    for (const listener of this.#listeners) listener.left(session.name);
    this.trail.note("worker.left", { actor: `worker:${session.name}` });
    const saving = this.store.saveWorker(recordOf(session));
    this.#saving.add(saving);
    await saving.finally(() => this.#saving.delete(saving));
  }

  /**
   * Forgets a worker that is not connected, and its key: the name is free for anyone.
   *
   * @returns what was known of it
   * @throws TributaryError `conflict` when it is connected, `not_found`
   */
  async forget(name: string): Promise<WorkerView> {
    await this.settled();
    if (this.#sessions.has(name))
      throw new TributaryError("conflict", `the worker ${name} is connected`, { hint: "Stop the worker first." });
    const record = await this.store.deleteWorker(name);
    if (record === undefined)
      throw new TributaryError("not_found", `there is no worker ${name}`, {
        hint: "List what there is: `tributary workers`.",
      });
    return viewOf(record);
  }

  /** Fulfilled when everything that was told of workers is stored. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#saving]);
  }

  /** A worker that is not there gets its work when it joins. */
  assign(name: string, work: Work): void {
    this.#sessions.get(name)?.assign(work);
  }

  /** Calls off what a worker does for an attempt: its training, or everything else. */
  abort(name: string, work: "training" | "scoring", attempt: Attempt, reason: string): void {
    this.#sessions.get(name)?.abort(attempt, reason, isOfKind[work]);
  }

  /** Calls off all work of an attempt at every worker. */
  dismiss(attempt: Attempt, reason: string): void {
    for (const session of this.#sessions.values()) session.abort(attempt, reason);
  }

  /** Calls off what workers do for an attempt besides training. */
  dismissScoring(attempt: Attempt, reason: string): void {
    for (const session of this.#sessions.values()) session.abort(attempt, reason, isOfKind.scoring);
  }

  /** Every worker that ever registered. */
  async views(): Promise<WorkerView[]> {
    const records = await this.store.workers();
    return records.map((record) => {
      const session = this.#sessions.get(record.name);
      return session === undefined ? viewOf(record) : liveView(record, session);
    });
  }
}

const isOfKind = {
  training: ({ kind }: Work): boolean => kind === "training",
  scoring: ({ kind }: Work): boolean => kind !== "training",
};

/** The store keeps the time of the first registration. */
const recordOf = ({ description: { instance: _, ...description }, lastSeen }: Session): WorkerRecord => ({
  ...description,
  firstSeenAt: lastSeen,
  lastSeenAt: lastSeen,
});

const viewOf = ({ sampleShape, ops, firstSeenAt, lastSeenAt, publicKey: _, ...rest }: WorkerRecord): WorkerView => ({
  ...rest,
  sampleShape: [...sampleShape],
  ops: { count: ops.length, own: ops.filter(isOwnOp) },
  connected: false,
  state: "offline",
  firstSeenAt: firstSeenAt.toISOString(),
  lastSeenAt: lastSeenAt.toISOString(),
  progress: null,
});

const liveView = (record: WorkerRecord, session: Session): WorkerView => ({
  ...viewOf({ ...record, lastSeenAt: session.lastSeen }),
  connected: true,
  state: stateOf(session),
  progress: session.progress ?? null,
});

function stateOf({ current }: Session): WorkerView["state"] {
  if (current === undefined) return "idle";
  return isScoringKind(current.kind) ? scoringPhases[current.kind] : current.kind;
}
