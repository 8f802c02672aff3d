import { randomBytes } from "node:crypto";
import { isOver, type JobStatus, type NewWebhook, type WebhookMessage, type WebhookView } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import type { Logger } from "pino";
import type { Notices } from "../jobs/notices.js";
import { KeyedRequests, type RequestKey } from "../keyed-requests.js";
import type { JobRecord } from "../store/records.js";
import type { DeliveryRecord, WebhookRecord, WebhookStore } from "../store/webhook-store.js";
import { jobMessage, roundMessage } from "./messages.js";
import { sendMessage } from "./send-message.js";

const MOST_WEBHOOKS = 100;
/** Messages that wait for one webhook; further ones are left out. */
const MOST_PENDING = 1_000;
/** A message is tried so often: the last time after eleven hours. */
const ATTEMPTS = 10;
/** Before the second attempt, ms: three times as long after each. */
const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 6 * 3_600_000;
/** Before a store that failed is asked again, ms. */
const STORE_RETRY_MS = 5_000;

export interface WebhooksContext {
  readonly store: WebhookStore;
  readonly notices: Notices;
  /** Those that are not over: what is known of them already is not told again. */
  readonly jobs: readonly Pick<JobRecord, "id" | "status">[];
  readonly log: Logger;
}

/**
 * Tells webhooks what changes. A message is stored before it is sent, and until it is taken, so that it survives a restart; it
 * may come twice, with the same id, and after a later one. Each webhook is served by itself: a slow one holds up no other.
 */
export class Webhooks {
  #webhooks = new Map<string, WebhookRecord>();
  readonly #requests = new KeyedRequests("webhook", async (key) =>
    [...this.#webhooks.values()].find(({ idempotencyKey }) => idempotencyKey === key),
  );
  readonly #pending = new Map<string, number>();
  /** Of jobs that are not over. */
  readonly #statuses = new Map<string, JobStatus>();
  readonly #serving = new Map<string, Promise<void>>();
  /** Those that got a message while they were served: it may have come too late to be seen. */
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #writing: Promise<void> = Promise.resolve();
  readonly #stop = new AbortController();

  private constructor(private readonly context: WebhooksContext) {
    for (const { id, status } of context.jobs) this.#statuses.set(id, status);
    context.notices.listenToAll((id, now, change) => {
      const status = change?.status ?? "queued";
      if (this.#statuses.get(id) !== status) this.#tell(`${id}.${change?.seq ?? 0}`, () => jobMessage(now()));
      if (isOver(status)) this.#statuses.delete(id);
      else this.#statuses.set(id, status);
      if (this.#webhooks.size === 0) return;
      for (const round of change?.ended ?? []) {
        const view = round();
        this.#tell(`${id}.${view.number}.${view.attempt}`, () => roundMessage(id, view));
      }
    });
  }

  /** Goes on with the messages that are not taken yet. @throws TributaryError `store_failed` */
  static async open(context: WebhooksContext): Promise<Webhooks> {
    const all = new Webhooks(context);
    all.#webhooks = new Map((await context.store.list()).map((webhook) => [webhook.id, webhook]));
    for (const [id, pending] of await context.store.pending()) all.#pending.set(id, pending);
    for (const id of all.#pending.keys()) all.#serve(id);
    return all;
  }

  /** @throws TributaryError `conflict` when there are too many, `store_failed` */
  async add(webhook: NewWebhook): Promise<WebhookView> {
    return this.#viewOf(await this.#add(webhook, { idempotencyKey: null, requestDigest: null }));
  }

  /**
   * `add` for a request that may come again: the same key gives the same webhook, as long as it is there.
   *
   * @param request its body, as it came
   * @throws TributaryError `idempotency_key_reused`, and what `add` throws
   */
  async addOnce(idempotencyKey: string, request: string, webhook: () => NewWebhook): Promise<WebhookView> {
    return this.#viewOf(await this.#requests.once(idempotencyKey, request, async (key) => this.#add(webhook(), key)));
  }

  async #add(
    { url, events, secret }: NewWebhook,
    request: RequestKey | Record<keyof RequestKey, null>,
  ): Promise<WebhookRecord> {
    if (this.#webhooks.size >= MOST_WEBHOOKS)
      throw new TributaryError("conflict", `there are ${MOST_WEBHOOKS} webhooks already`, {
        hint: "Remove one first.",
      });
    const webhook = {
      id: randomBytes(8).toString("hex"),
      url,
      events: [...new Set(events)],
      secret,
      createdAt: new Date(),
      ...request,
    };
    await this.context.store.add(webhook);
    this.#webhooks.set(webhook.id, webhook);
    return webhook;
  }

  /** By id. */
  list(): WebhookView[] {
    const byId = [...this.#webhooks.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
    return byId.map((webhook) => this.#viewOf(webhook));
  }

  /** @throws TributaryError `not_found` */
  get(id: string): WebhookView {
    const webhook = this.#webhooks.get(id);
    if (webhook === undefined) throw new TributaryError("not_found", `there is no webhook ${id}`);
    return this.#viewOf(webhook);
  }

  /** It is told nothing more. @throws TributaryError `not_found`, `store_failed` */
  async remove(id: string): Promise<WebhookView> {
    const view = this.get(id);
    await this.context.store.remove(id);
    this.#webhooks.delete(id);
    this.#pending.delete(id);
    clearTimeout(this.#timers.get(id));
    return view;
  }

  /** Messages that are under way are broken off, and sent again at the next start. */
  async close(): Promise<void> {
    await this.#writing;
    this.#stop.abort();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all(this.#serving.values());
  }

  #viewOf({ id, url, events, createdAt }: WebhookRecord): WebhookView {
    const pending = this.#pending.get(id) ?? 0;
    return { id, url, events: [...events], createdAt: createdAt.toISOString(), pending };
  }

  #tell(id: string, make: () => WebhookMessage): void {
    if (this.#webhooks.size === 0) return;
    const message = make();
    const wanted = [...this.#webhooks.values()].filter(({ events }) => events.includes(message.type));
    const free = wanted.filter((webhook) => (this.#pending.get(webhook.id) ?? 0) < MOST_PENDING);
    if (free.length < wanted.length)
      this.context.log.warn({ message: id }, `a message is left out where ${MOST_PENDING} wait already`);
    const body = JSON.stringify(message);
    const messages = free.map((webhook) => ({
      ...{ webhook: webhook.id, id: `msg_${id}`, body, attempts: 0, dueAt: new Date() },
    }));
    for (const { webhook } of messages) this.#count(webhook, 1);
    this.#writing = this.#writing.then(async () => {
      try {
        // One that was removed meanwhile can have no message.
        const there = messages.filter(({ webhook }) => this.#webhooks.has(webhook));
        await this.context.store.enqueue(there);
        for (const { webhook } of there) this.#serve(webhook);
      } catch (error) {
        this.context.log.error({ err: error, message: id }, "a message to webhooks could not be stored");
        for (const { webhook } of messages) this.#count(webhook, -1);
      }
    });
  }

  #count(webhook: string, change: number): void {
    if (this.#webhooks.has(webhook))
      this.#pending.set(webhook, Math.max(0, (this.#pending.get(webhook) ?? 0) + change));
  }

  /** Sends what is due, unless that is under way. */
  #serve(id: string): void {
    if (this.#stop.signal.aborted) return;
    if (this.#serving.has(id)) return void this.#again.add(id);
    this.#again.delete(id);
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    const serving = this.#sendDue(id)
      .catch((error: unknown) => {
        this.context.log.error({ err: error, webhook: id }, "the messages of a webhook cannot be read");
        return STORE_RETRY_MS;
      })
      .then((waitMs) => {
        this.#serving.delete(id);
        if (this.#again.has(id)) return this.#serve(id);
        if (waitMs === undefined || this.#stop.signal.aborted || !this.#webhooks.has(id)) return;
        this.#timers.set(id, setTimeout(() => this.#serve(id), waitMs).unref());
      });
    this.#serving.set(id, serving);
  }

  /** @returns how long until something is due, ms; undefined when nothing waits */
  async #sendDue(id: string): Promise<number | undefined> {
    const { store, log } = this.context;
    const { signal } = this.#stop;
    for (let webhook = this.#webhooks.get(id); webhook !== undefined; webhook = this.#webhooks.get(id)) {
      const delivery = await store.next(id);
      if (delivery === undefined || signal.aborted) return undefined;
      const waitMs = delivery.dueAt.getTime() - Date.now();
      if (waitMs > 0) return waitMs;
      const failure = await sendMessage(webhook, delivery, signal);
      if (signal.aborted && failure !== undefined) return undefined;
      if (failure === undefined) await this.#done(delivery);
      else {
        const attempts = delivery.attempts + 1;
        log.warn({ webhook: id, message: delivery.id, attempts, failure }, "a webhook did not take a message");
        if (attempts >= ATTEMPTS) await this.#done(delivery);
        else await store.postpone({ ...delivery, attempts, dueAt: new Date(Date.now() + retryAfter(attempts)) });
      }
    }
    return undefined;
  }

  async #done(delivery: DeliveryRecord): Promise<void> {
    await this.context.store.drop(delivery);
    this.#count(delivery.webhook, -1);
  }
}

const retryAfter = (attempts: number): number => Math.min(FIRST_RETRY_MS * 3 ** (attempts - 1), LONGEST_RETRY_MS);
