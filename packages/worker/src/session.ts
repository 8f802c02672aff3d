import { randomUUID } from "node:crypto";
import { Socket as Connection } from "node:net";
import {
  type Channel,
  type CoordinatorEvents,
  coordinatorEvents,
  fromWire,
  type Identity,
  keepAlive,
  MessageSize,
  openChannel,
  TributaryError,
  toTributaryError,
  type v1,
  type WorkerEvents,
  workerEvents,
} from "@tributary/protocol";
import type { Logger } from "pino";
import { io, type ManagerOptions, type Socket } from "socket.io-client";
import { z } from "zod";
import { deferred } from "./deferred.js";
import type { WorkerMetrics } from "./observability/metrics.js";

export interface SessionOptions {
  readonly coordinator: string;
  readonly joinToken: string;
  readonly ca?: string;
  readonly connectTimeoutMs: number;
  readonly identity: Identity;
  /** All but what shows the identity. */
  readonly registration: v1.Registration.$Properties;
  /** Told at each registration which jobs have not ended, where the coordinator says so. */
  readonly onUnfinished: (jobs: readonly string[]) => void;
  readonly metrics: WorkerMetrics;
  readonly log: Logger;
}

export type WorkerChannel = Channel<CoordinatorEvents, WorkerEvents>;

/** Errors of a registration that no further try can mend. */
const FATAL: readonly string[] = ["unauthorized", "protocol_mismatch", "invalid_message"];
/** How long to wait before the next try where Socket.IO itself does not try again, ms, on average. */
const RETRY_MS = 2_000;

/**
 * Waits between tries to connect. A factor of 1 is full jitter: the first wait is anything from 0 to 3 s, so that the thousand
 * workers of a coordinator that starts again don't come in one second. Source: M. Brooker, Exponential backoff and jitter, 2015.
 */
export const reconnection = {
  reconnectionDelay: 1_500,
  reconnectionDelayMax: 10_000,
  randomizationFactor: 1,
} as const satisfies Partial<ManagerOptions>;

const refusalSchema = z.object({ code: z.string(), message: z.string(), hint: z.string() });

/**
 * The one connection to the coordinator: outbound, WebSocket, made anew with jittered back-off for as long as the worker
 * lives. The worker registers on each connection; what it was doing goes on meanwhile.
 */
export class Session {
  readonly channel: WorkerChannel;
  /** How much a message carries, whichever connection it takes. */
  readonly messages = new MessageSize();
  readonly #socket: Socket;
  /** Tells the coordinator that a new connection is of this process: its earlier one is dead then. */
  readonly #instance = randomUUID();
  /** Settles with each registration; replaced when the connection is lost after it. */
  #registered = deferred<void>();
  #isRegistered = false;
  #wasRegistered = false;
  #over = deferred<never>();
  #firstTry: NodeJS.Timeout;
  #retry: NodeJS.Timeout | undefined;
  #stopBeat = () => {};
  #lastError = "no answer";

  constructor(private readonly options: SessionOptions) {
    const { coordinator, joinToken, ca, log } = options;
    this.#socket = io(coordinator, {
      transports: ["websocket"],
      auth: { token: joinToken },
      autoConnect: false,
      ...reconnection,
      ...(ca !== undefined && { ca }),
    });
    this.channel = openChannel(this.#socket, coordinatorEvents, workerEvents, (error) =>
      log.error({ err: error.cause ?? error }, "a message of the coordinator could not be handled"),
    );
    this.#over.promise.catch(() => undefined);
    this.#socket.on("connect", () => void this.#register());
    this.#socket.on("connect", () => this.#beat());
    this.#socket.on("connect_error", (error) => this.#onConnectError(error));
    this.#socket.on("disconnect", (reason) => this.#onDisconnect(reason));
    this.#firstTry = setTimeout(() => this.#fail(this.#unreachable()), options.connectTimeoutMs);
  }

  /** Connects. @returns never; rejects when the session can't go on: `unauthorized`, `coordinator_unreachable`, … */
  run(): Promise<never> {
    this.#socket.connect();
    return this.#over.promise;
  }

  /** Settles when the worker is registered on a live connection. @throws TributaryError `aborted` */
  async ready(signal: AbortSignal): Promise<void> {
    const aborted = deferred<never>();
    const abort = () => aborted.reject(new TributaryError("aborted", "the work was called off"));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    try {
      await Promise.race([this.#registered.promise, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Says good-bye, and closes. */
  async leave(timeoutMs: number): Promise<void> {
    if (this.#socket.connected) await this.channel.call("leave", {}, { timeoutMs }).catch(() => undefined);
    this.close();
  }

  close(): void {
    this.#stopBeat();
    clearTimeout(this.#firstTry);
    clearTimeout(this.#retry);
    this.#socket.disconnect();
  }

  async #register(): Promise<void> {
    const { log, coordinator, metrics } = this.options;
    try {
      const { software, unfinished } = await this.channel.call("register", this.#registration(), { timeoutMs: 10_000 });
      clearTimeout(this.#firstTry);
      if (unfinished) this.options.onUnfinished(unfinished.jobs ?? []);
      metrics.connected.set(1);
      if (this.#wasRegistered) metrics.reconnections.inc();
      this.#wasRegistered = true;
      this.#isRegistered = true;
      this.#registered.resolve();
      log.info({ coordinator, software }, "registered with the coordinator");
    } catch (thrown) {
      const error = toTributaryError(thrown);
      this.#lastError = error.message;
      if (FATAL.includes(error.code) || (error.code === "worker_name_taken" && !this.#wasRegistered))
        return this.#fail(error);
      log.warn({ code: error.code, reason: error.message }, "the registration failed; it is tried again");
      this.#reconnectLater();
    }
  }

  #registration(): v1.Registration.$Properties {
    const { registration, identity } = this.options;
    const instance = this.#instance;
    const signature = identity.sign({ socket: this.#socket.id ?? "", name: registration.name ?? "", instance });
    return { ...registration, publicKey: identity.publicKey, instance, signature };
  }

  #onConnectError(error: Error): void {
    const refusal = refusalSchema.safeParse("data" in error ? error.data : undefined);
    this.#lastError = refusal.success ? refusal.data.message : error.message;
    this.options.log.debug({ reason: this.#lastError }, "no connection yet");
    if (!refusal.success) return;
    const { code, message } = refusal.data;
    if (FATAL.includes(code)) {
      this.#fail(fromWire(refusal.data));
      return;
    }
    this.options.log.warn({ code, reason: message }, "the coordinator refused the connection; it is tried again");
    this.#reconnectLater();
  }

  #beat(): void {
    const { engine } = this.#socket.io;
    const connection = connectionOf(engine.transport);
    if (connection === undefined) return;
    this.#stopBeat = keepAlive(
      connection,
      () => this.#socket.volatile.emit("beat"),
      () => engine.close(),
    );
  }

  #onDisconnect(reason: string): void {
    this.#stopBeat();
    // A connection may be lost before its registration: whoever waits for that one waits for the next.
    if (this.#isRegistered) this.#registered = deferred<void>();
    this.#isRegistered = false;
    this.options.metrics.connected.set(0);
    if (reason === "io client disconnect") return;
    this.options.log.warn({ reason }, "the connection was lost; it is made again");
    if (reason === "io server disconnect") this.#reconnectLater();
  }

  #reconnectLater(): void {
    this.#socket.disconnect();
    this.#retry = setTimeout(() => this.#socket.connect(), 2 * RETRY_MS * Math.random());
  }

  #fail(error: TributaryError): void {
    this.close();
    this.#over.reject(error);
  }

  #unreachable(): TributaryError {
    const { coordinator, connectTimeoutMs } = this.options;
    return new TributaryError(
      "coordinator_unreachable",
      `no coordinator answers at ${coordinator} within ${connectTimeoutMs / 1000} s (${this.#lastError})`,
    );
  }
}

/** The connection under a WebSocket of the package ws, which has it as `_socket`; none in a browser. */
function connectionOf(transport: object): Connection | undefined {
  const ws = "ws" in transport ? transport.ws : undefined;
  const connection = typeof ws === "object" && ws !== null && "_socket" in ws ? ws._socket : undefined;
  return connection instanceof Connection ? connection : undefined;
}
