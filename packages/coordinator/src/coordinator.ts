import type { AddressInfo, Server, Socket } from "node:net";
import { loadPlugin } from "@tributary/nn";
import { redactedFields, TributaryError } from "@tributary/protocol";
import { openTracing } from "@tributary/tracing";
import { pino } from "pino";
import { AuditTrail } from "./audit-trail.js";
import { openDataFolder } from "./data-folder/data-folder.js";
import type { Tokens } from "./data-folder/tokens.js";
import { DiskGuard } from "./disk/disk-guard.js";
import { exactOrigin } from "./http/cors.js";
import type { Api } from "./http/routes/route.js";
import { buildServer, readTls } from "./http/server.js";
import { Intake } from "./intake/intake.js";
import { Reports } from "./intake/reports.js";
import { Uploads } from "./intake/uploads.js";
import { BlobClaims } from "./jobs/blob-claims.js";
import { Jobs } from "./jobs/jobs.js";
import { Notices } from "./jobs/notices.js";
import { JobLogs } from "./logs/job-logs.js";
import { WorkerLogs } from "./logs/worker-logs.js";
import { openMetrics } from "./metrics.js";
import { Models } from "./models/models.js";
import { RoundTraces } from "./observability/round-traces.js";
import { timedStore } from "./observability/timed-store.js";
import { type CoordinatorOptions, DISK_RESERVE_BYTES, defaultLimits } from "./options.js";
import { serveConnection } from "./sockets/connection.js";
import { openSocketServer } from "./sockets/socket-server.js";
import { Workers } from "./sockets/workers.js";
import { software } from "./version.js";
import { Webhooks } from "./webhooks/webhooks.js";

/** A coordinator that listens. */
export interface Coordinator {
  /** Where it is reached: "http://127.0.0.1:7300". */
  readonly url: string;
  readonly port: number;
  readonly tokens: Tokens;
  /**
   * Fulfilled when it has stopped: with nothing by `close`, with the reason when it lost its data folder or its database, to
   * another process or to a disk that failed.
   */
  readonly closed: Promise<Error | undefined>;
  /** Stops listening, lets go of workers and jobs, and frees the data folder. Jobs go on at the next start. Twice does no harm. */
  close(): Promise<void>;
}

/**
 * Starts the server of a federation: sockets for workers and the HTTP API, on one port. Jobs that were under way go on.
 *
 * @throws TributaryError `port_in_use`, `data_folder_in_use`, `database_in_use`, `file_unreadable`, `file_invalid`, `plugin_invalid`, `store_failed`,
 *   `invalid_graph` (a job that is not over has an operator that no plug-in gives), `aborted` (it was called off), `invalid_request` (an allowed origin is none); then nothing of it stays open
 */
export async function startCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const { dataDir, host = "127.0.0.1", port = 7300, logLevel = "info", signal } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const log = pino({ level: logLevel, base: null, redact: [...redactedFields] }, pino.destination(2));
  const cleanups: (() => unknown)[] = [];
  const closeAll = async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  let closing: Promise<void> | undefined;
  let lost: Error | undefined;
  let announceClosed = (_: Error | undefined) => {};
  const closed = new Promise<Error | undefined>((resolve) => {
    announceClosed = resolve;
  });
  const close = (): Promise<void> => {
    closing ??= closeAll().finally(() => announceClosed(lost));
    return closing;
  };

  try {
    signal?.throwIfAborted();
    for (const plugin of options.plugins ?? []) await loadPlugin(plugin);
    const tls = await readTls(options.tls);
    const allowedOrigins = (options.allowedOrigins ?? []).map(exactOrigin);
    const data = await openDataFolder(dataDir, {
      databaseUrl: options.databaseUrl,
      signal,
      adminToken: options.adminToken ?? process.env.TRIBUTARY_ADMIN_TOKEN,
      joinToken: options.joinToken ?? process.env.TRIBUTARY_JOIN_TOKEN,
      onLost: (cause) => {
        lost = cause;
        log.fatal(
          { err: cause },
          "the data folder or the database was lost: another process took it over, or the disk failed",
        );
        void close();
      },
    });
    cleanups.push(() => data.close());
    signal?.throwIfAborted();
    const { blobs, tokens } = data;

    const reserveBytes = options.diskReserveBytes ?? DISK_RESERVE_BYTES;
    const disk = new DiskGuard({ folder: dataDir, reserveBytes, log });
    cleanups.push(() => disk.close());
    const metrics = openMetrics({
      workers: () => workers.states(),
      work: () => workers.work(),
      freeBytes: () => disk.freeBytes,
      reserveBytes,
    });
    const store = timedStore(data.store, (question, seconds, failed) => {
      metrics.storeSeconds.observe({ question }, seconds);
      if (failed) metrics.storeFailures.inc({ question });
    });
    const trail = new AuditTrail(store.audit, log);
    const workers = await Workers.open(store, trail);
    const notices = new Notices();
    const webhooks = await Webhooks.open({ store: store.webhooks, notices, jobs: await store.jobsNotOver(), log });
    cleanups.push(() => webhooks.close());
    const tracing = await openTracing({
      endpoint: options.otlpEndpoint,
      service: "tributary-coordinator",
      version: software,
    });
    cleanups.push(() => tracing.close());
    const traces = new RoundTraces(tracing);
    const claims = new BlobClaims({ blobs, store, log, keepUpdates: options.keepUpdates });
    cleanups.push(async () => claims.close());
    const uploads = new Uploads(blobs);
    const { onModel } = options;
    const jobs = new Jobs({ store, blobs, disk, claims, uploads, workers, notices, metrics, traces, log, onModel });
    await jobs.checkUnfinished();
    const models = new Models(jobs, blobs, metrics, trail);
    const intake = new Intake({ jobs, blobs, disk, claims, uploads, metrics, traces });
    const reports = new Reports(jobs, notices);
    const jobLogs = new JobLogs();
    const logs = new WorkerLogs(jobs, jobLogs, notices, log);
    cleanups.push(() => jobs.close());

    const stop = new AbortController();
    const server = { tokens, limits, tls, allowedOrigins, log, closing: stop.signal };
    const app = await buildServer(server, {
      store,
      blobs,
      disk,
      jobs,
      workers,
      notices,
      metrics,
      trail,
      webhooks,
      jobLogs,
    });
    const connections = trackConnections(app.server);
    cleanups.push(() => app.close().finally(connections.release));
    signal?.throwIfAborted();
    const io = openSocketServer(app.server, { joinToken: tokens.join, connections: limits.workers, metrics, log });
    io.on("connection", (socket) => serveConnection(socket, { workers, models, intake, reports, logs, uploads, log }));
    cleanups.push(async () => {
      stop.abort();
      // As if the connection was lost, so that workers come back by themselves.
      io.engine.close();
      connections.endSoon();
      await workers.settled();
      trail.note("coordinator.stopped", {});
      await trail.settled();
    });

    await trail.write("coordinator.started", { details: { software } });
    jobs.advance();
    await listen(app, host, port);
    const bound = portOf(app.server.address(), port);
    const url = `${tls === undefined ? "http" : "https"}://${reachable(host)}:${bound}`;
    return { url, port: bound, tokens, closed, close };
  } catch (error) {
    await closeAll();
    throw signal?.aborted ? new TributaryError("aborted", "the start was called off", { cause: error }) : error;
  }
}

/** @throws TributaryError `port_in_use`, also for an address or port that this process may not have */
async function listen(app: Api, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port, listenTextResolver: (address) => `listening on ${address}` });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "EADDRINUSE") throw new TributaryError("port_in_use", `port ${port} on ${host} is in use`, { cause });
    throw new TributaryError("port_in_use", `cannot listen on ${host}, port ${port}: ${String(code)}`, { cause });
  }
}

/** How long a peer may take to end its connection when the coordinator stops, ms. */
const PARTING_MS = 1_000;

/** Knows the connections of a server, so that a peer that does not hang up cannot keep it from stopping. */
function trackConnections(server: Server): { endSoon(): void; release(): void } {
  const open = new Set<Socket>();
  let timer: NodeJS.Timeout | undefined;
  server.on("connection", (connection: Socket) => {
    open.add(connection);
    connection.once("close", () => open.delete(connection));
  });
  return {
    endSoon() {
      timer = setTimeout(() => {
        for (const connection of open) connection.destroy();
      }, PARTING_MS);
    },
    release: () => clearTimeout(timer),
  };
}

const portOf = (address: string | AddressInfo | null, fallback: number): number =>
  typeof address === "object" && address !== null ? address.port : fallback;

/** An address to connect to: a coordinator that listens everywhere is reached at localhost. */
function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
