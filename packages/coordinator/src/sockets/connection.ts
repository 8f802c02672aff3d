import {
  CHUNK_BYTES,
  CHUNKS_IN_FLIGHT,
  coordinatorEvents,
  keepAlive,
  openChannel,
  reached,
  TributaryError,
  workerEvents,
} from "@tributary/protocol";
import type { Logger } from "pino";
import type { Socket } from "socket.io";
import type { Intake } from "../intake/intake.js";
import type { Reports } from "../intake/reports.js";
import type { Uploads } from "../intake/uploads.js";
import type { WorkerLogs } from "../logs/worker-logs.js";
import type { Models } from "../models/models.js";
import { software } from "../version.js";
import { parseRegistration } from "./registration.js";
import { Session } from "./session.js";
import type { Workers } from "./workers.js";

/** How long a connection may stay without a registration, ms. */
const REGISTRATION_MS = 10_000;

export interface ConnectionContext {
  readonly workers: Workers;
  readonly models: Models;
  readonly intake: Intake;
  readonly reports: Reports;
  readonly logs: WorkerLogs;
  readonly uploads: Uploads;
  readonly log: Logger;
}

/** A connection of a worker, from its registration until it is gone: who answers which of its messages. */
export function serveConnection(socket: Socket, context: ConnectionContext): void {
  const { workers, models, intake, reports, logs, uploads, log } = context;
  let session: Session | undefined;
  let registering = false;
  const channel = openChannel(socket, workerEvents, coordinatorEvents, (error) =>
    log.error({ worker: session?.name, err: error.cause ?? error }, "a message of a worker could not be handled"),
  );
  const registered = (): Session => {
    if (session === undefined) throw new TributaryError("not_registered", "this connection has not registered");
    session.lastSeen = new Date();
    return session;
  };
  const unnoted = (error: unknown) => log.error({ worker: session?.name, err: error }, "a report was not noted");
  const stopBeat = keepAlive(
    socket.request.socket,
    () => socket.volatile.emit("beat"),
    () => {
      log.warn({ worker: session?.name }, "a connection is dead: nothing comes from it");
      socket.disconnect(true);
    },
  );
  const patience = setTimeout(() => socket.disconnect(true), REGISTRATION_MS);

  channel.handle("register", async (request) => {
    if (registering) throw new TributaryError("conflict", "this connection has registered already");
    registering = true;
    let unfinished: string[] = [];
    try {
      const description = parseRegistration(request, socket.id);
      await workers.claimName(description);
      unfinished = await workers.unfinishedJobs();
      const joined = new Session(socket, channel, description, {
        refused: (worker, work, error) => reports.takeRefusal(worker, work, error).catch(unnoted),
        changed: (worker) => workers.changed(worker),
        progressed: (worker) => workers.progressed(worker),
      });
      await workers.add(joined);
      session = joined;
    } catch (error) {
      registering = false;
      throw error;
    }
    clearTimeout(patience);
    reached("registering", { worker: session.name });
    if (!socket.connected) await workers.remove(session);
    const { role, dataset, samples } = session.description;
    log.info({ worker: session.name, role, dataset, samples }, "worker registered");
    // After the acknowledgement: a worker that has not heard of its registration expects no work.
    setImmediate(announce, session);
    return { software, chunkBytes: CHUNK_BYTES, chunksInFlight: CHUNKS_IN_FLIGHT, unfinished: { jobs: unfinished } };
  });
  const announce = (joined: Session) => workers.announce(joined);

  channel.handle("leave", async () => {
    const leaving = registered();
    session = undefined;
    registering = false;
    await Promise.all([workers.remove(leaving), uploads.suspend(leaving.name)]);
    return {};
  });
  channel.handle("chunk", (request) => models.chunk(registered(), request));
  channel.handle("progress", (request) => reports.takeProgress(registered(), request));
  channel.handle("log", (request) => logs.take(registered(), request));
  channel.handle("uploadOpen", (request) => intake.openUpload(registered(), request));
  channel.handle("uploadChunk", (request) => intake.takeChunk(registered(), request));
  channel.handle("update", (request) => intake.takeUpdate(registered(), request));
  channel.handle("evaluation", (request) => reports.takeEvaluation(registered(), request));
  channel.handle("validation", (request) => reports.takeValidation(registered(), request));
  channel.handle("failure", (request) => reports.takeFailure(registered(), request));

  socket.once("disconnect", (reason) => {
    clearTimeout(patience);
    stopBeat();
    if (session === undefined) return;
    log.info({ worker: session.name, reason }, "worker disconnected");
    workers.remove(session).catch(unnoted);
    uploads.suspend(session.name).catch(unnoted);
  });
}
