import { type WorkerState, type WorkerView, workerStateSchema } from "@tributary/federation";
import { isOwnOp } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import type { AuditTrail } from "../audit-trail.js";
import type { WorkerRecord } from "../store/records.js";
import type { Store } from "../store/store.js";
import type { WorkerDescription } from "./registration.js";
import type { Session } from "./session.js";
import { unknownWorker } from "./unknown-worker.js";
import type { Attempt, Work } from "./work.js";

/** Who wants to know who is there. */
export interface WorkersListener {
  joined(session: Session): void;
  left(name: string): void;
}

/** Who looks on: what changed is asked for with `view`. */
export interface WorkersWatcher {
  /** It came, went, does something else, or something became known of it. */
  changed(name: string): void;
  /** It does the same, and is further. */
  progressed(name: string): void;
  forgotten(name: string): void;
}

/** What is known of a worker that was here since the coordinator started. */
interface Known {
  readonly record: WorkerRecord;
  readonly lastError: WorkerView["lastError"];
}

/** The workers that are connected, by name. */
export class Workers {
  readonly #sessions = new Map<string, Session>();
  readonly #known = new Map<string, Known>();
  readonly #watchers: WorkersWatcher[] = [];
  readonly #listeners: WorkersListener[] = [];
  readonly #saving = new Set<Promise<unknown>>();

  private constructor(
    private readonly store: Store,
    private readonly trail: AuditTrail,
    /** Names of all that ever registered, and were not removed. */
    private readonly registered: Set<string>,
  ) {}

  /** @throws TributaryError `store_failed` */
  static async open(store: Store, trail: AuditTrail): Promise<Workers> {
    return new Workers(store, trail, new Set((await store.workers.list()).map(({ name }) => name)));
  }

  listen(listener: WorkersListener): void {
    this.#listeners.push(listener);
  }

  watch(watcher: WorkersWatcher): void {
    this.#watchers.push(watcher);
  }

  get connected(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  /** How many workers are in each state. */
  states(): Record<WorkerState, number> {
    const none = Object.fromEntries(workerStateSchema.options.map((state) => [state, 0]));
    const states = { ...(none as Record<WorkerState, number>) };
    states.offline = [...this.registered].filter((name) => !this.#sessions.has(name)).length;
    for (const { state } of this.#sessions.values()) states[state]++;
    return states;
  }

  /** How many assignments workers have. */
  work(): Record<"underway" | "waiting", number> {
    const sessions = this.connected;
    return {
      underway: sessions.filter(({ current }) => current !== undefined).length,
      waiting: sessions.reduce((sum, { waiting }) => sum + waiting, 0),
    };
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
    const owner = await this.store.workers.keyOf(name);
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
      const record = await this.store.workers.save(recordOf(session));
      const lastError = this.#known.get(session.name)?.lastError ?? null;
      this.#known.set(session.name, { record, lastError });
      session.remember(lastError);
      this.registered.add(session.name);
    } catch (error) {
      this.#sessions.delete(session.name);
      throw error;
    }
    this.#tellChanged(session.name);
  }

  /** Tells the listeners that a worker is ready for work. */
  announce(session: Session): void {
    if (this.#sessions.get(session.name) !== session) return;
    const { ops: _, sampleShape: __, labels: ___, name, ...details } = session.description;
    const { address } = session.socket.handshake;
    this.trail.note("worker.joined", { actor: `worker:${name}`, details: { ...details, address } });
    for (const listener of this.#listeners) listener.joined(session);
  }

  /** The connection is gone, or the worker said that it leaves. Twice does no harm. */
  async remove(session: Session): Promise<void> {
    if (this.#sessions.get(session.name) !== session) return;
    this.#sessions.delete(session.name);
    const known = this.#known.get(session.name);
    if (known !== undefined) {
      const { lastError, lastSeen: lastSeenAt } = session;
      this.#known.set(session.name, { record: { ...known.record, lastSeenAt }, lastError });
    }
    for (const listener of this.#listeners) listener.left(session.name);
    this.#tellChanged(session.name);
    this.trail.note("worker.left", { actor: `worker:${session.name}` });
    const saving = this.store.workers.save(recordOf(session));
    this.#saving.add(saving);
    try {
      await saving;
    } finally {
      this.#saving.delete(saving);
    }
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
    const record = await this.store.workers.remove(name);
    if (record === undefined) throw unknownWorker(name, [...this.registered]);
    this.#known.delete(name);
    for (const watcher of this.#watchers) watcher.forgotten(name);
    this.registered.delete(name);
    return viewOf(record, null);
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

  /** What workers keep for other jobs is of no use. @throws TributaryError `store_failed` */
  unfinishedJobs(): Promise<string[]> {
    return this.store.openJobIds();
  }

  /** A job has ended: the workers that are there may forget what they keep for it. The others hear of it when they come. */
  tellOver(job: string): void {
    for (const session of this.#sessions.values()) session.tellOver(job);
  }

  /** Every worker that ever registered. */
  async views(): Promise<WorkerView[]> {
    const records = await this.store.workers.list();
    return records.map((record) => {
      const session = this.#sessions.get(record.name);
      const lastError = this.#known.get(record.name)?.lastError ?? null;
      return session === undefined ? viewOf(record, lastError) : liveView(record, session);
    });
  }

  /** A worker that was here since the coordinator started. */
  view(name: string): WorkerView | undefined {
    const known = this.#known.get(name);
    if (known === undefined) return undefined;
    const session = this.#sessions.get(name);
    return session === undefined ? viewOf(known.record, known.lastError) : liveView(known.record, session);
  }

  /** A connected worker does something else now. */
  changed(session: Session): void {
    if (this.#sessions.get(session.name) === session) this.#tellChanged(session.name);
  }

  /** A connected worker is further. */
  progressed(session: Session): void {
    if (this.#sessions.get(session.name) !== session) return;
    for (const watcher of this.#watchers) watcher.progressed(session.name);
  }

  #tellChanged(name: string): void {
    for (const watcher of this.#watchers) watcher.changed(name);
  }
}

const isOfKind = {
  training: ({ kind }: Work): boolean => kind === "training",
  scoring: ({ kind }: Work): boolean => kind !== "training",
};

/** The store keeps the time of the first registration. What a worker shares of its labels is gone when the worker is. */
const recordOf = ({ description: { instance: _, labels: __, ...description }, lastSeen }: Session): WorkerRecord => ({
  ...description,
  firstSeenAt: lastSeen,
  lastSeenAt: lastSeen,
});

const viewOf = (
  { sampleShape, ops, firstSeenAt, lastSeenAt, publicKey: _, ...rest }: WorkerRecord,
  lastError: WorkerView["lastError"],
): WorkerView => ({
  ...rest,
  sampleShape: [...sampleShape],
  ops: { count: ops.length, own: ops.filter(isOwnOp) },
  ...{ labels: null, tags: null, memory: null },
  connected: false,
  state: "offline",
  since: lastSeenAt.toISOString(),
  job: null,
  round: null,
  firstSeenAt: firstSeenAt.toISOString(),
  lastSeenAt: lastSeenAt.toISOString(),
  progress: null,
  roundTripMs: null,
  lastError,
});

const liveView = (record: WorkerRecord, session: Session): WorkerView => ({
  ...viewOf({ ...record, lastSeenAt: session.lastSeen }, session.lastError),
  labels: session.description.labels.length === 0 ? null : [...session.description.labels],
  tags: [...session.description.tags],
  memory: session.description.memory || null,
  connected: true,
  state: session.state,
  since: session.since.toISOString(),
  job: session.current?.job ?? null,
  round: session.current?.round ?? null,
  progress: session.progress ?? null,
  roundTripMs: session.roundTripMs,
});
