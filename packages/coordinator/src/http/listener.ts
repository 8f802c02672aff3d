import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { TributaryError } from "@tributary/protocol";
import type { FastifyServerFactory } from "fastify";
import type { Limits } from "../options.js";

/** How often slow senders are looked for at least, ms: Node's 30 s would give them so much more. */
const LONGEST_CHECK_MS = 1_000;

/** PEM texts. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

/**
 * The server below the framework, for the API and the workers' sockets. It cuts off who sends slowly, also who sends nothing,
 * and takes no connection beyond the limits.
 *
 * @param onDropped told of each connection that was not taken
 * @throws TributaryError `file_invalid`
 */
export function listenerOf(limits: Limits, tls: Tls | undefined, onDropped: () => void): FastifyServerFactory {
  const { headersMs, requestMs, workers, httpConnections } = limits;
  const timeouts = {
    headersTimeout: Math.min(headersMs, requestMs),
    requestTimeout: requestMs,
    connectionsCheckingInterval: Math.min(LONGEST_CHECK_MS, Math.ceil(headersMs / 4)),
    keepAliveTimeout: 65_000,
  };
  return (handler) => {
    const server =
      tls === undefined
        ? createServer(timeouts, handler)
        : tlsServer({ ...timeouts, ...tls, handshakeTimeout: headersMs }, handler);
    server.maxConnections = workers + httpConnections;
    return server.on("drop", onDropped);
  };
}

function tlsServer(...[options, handler]: Required<Parameters<typeof createTlsServer>>) {
  try {
    return createTlsServer({ ...options, minVersion: "TLSv1.2" }, handler);
  } catch (cause) {
    throw new TributaryError("file_invalid", "the TLS certificate and key do not belong together, or are no PEM", {
      cause,
    });
  }
}
