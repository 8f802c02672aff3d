import type { Server as HttpServer } from "node:http";
import { TributaryError } from "@tributary/protocol";
import type { Logger } from "pino";
import { Server } from "socket.io";
import { z } from "zod";
import { sameToken } from "../data-folder/tokens.js";
import type { Metrics } from "../metrics.js";

/** The largest message that a worker may send: an evaluation with its confusion matrix, and the frame around it. */
const MESSAGE_BYTES = 4 * 1024 * 1024 + 64 * 1024;

/** Between two pings, ms. */
const PING_MS = 5_000;

/** Connections above the limit that may still show their token. */
const UNHEARD = 64;

const authSchema = z.object({ token: z.string().min(1).max(512) });

export interface SocketServerOptions {
  readonly joinToken: string;
  /** Connections at once. */
  readonly connections: number;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Socket.IO on the port of the HTTP API, for whoever shows the join token as `auth.token` in the handshake. */
export function openSocketServer(http: HttpServer, options: SocketServerOptions): Server {
  const { joinToken, connections, metrics, log } = options;
  const io = new Server(http, {
    transports: ["websocket"],
    perMessageDeflate: false,
    httpCompression: false,
    serveClient: false,
    maxHttpBufferSize: MESSAGE_BYTES,
    // Pings measure the round trip. Our own heartbeat finds the dead: an answer to a ping waits behind chunks on a slow line.
    pingInterval: PING_MS,
    pingTimeout: 24 * 3_600_000,
    connectTimeout: 10_000,
    // Those above the limit are told why; far above it they are not even listened to.
    allowRequest: (_, decide) => decide(null, io.engine.clientsCount < connections + UNHEARD),
  });
  io.use((socket, next) => {
    const refusal = refusalOf(socket.handshake.auth, joinToken, io.engine.clientsCount > connections);
    if (refusal === undefined) return next();
    metrics.socketsRefused.inc({ code: refusal.code });
    log.warn({ address: socket.handshake.address, code: refusal.code }, "a connection was refused");
    const { code, message, hint } = refusal;
    next(Object.assign(new Error(message), { data: { code, message, hint } }));
  });
  return io;
}

function refusalOf(auth: unknown, joinToken: string, full: boolean): TributaryError | undefined {
  const given = authSchema.safeParse(auth);
  if (!given.success) return new TributaryError("unauthorized", "a join token is needed");
  if (!sameToken(given.data.token, joinToken)) return new TributaryError("unauthorized", "the join token is wrong");
  if (full) return new TributaryError("rate_limited", "the coordinator takes no more connections");
  return undefined;
}
