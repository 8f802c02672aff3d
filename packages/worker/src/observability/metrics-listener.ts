import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { TributaryError } from "@tributary/protocol";
import type { Logger } from "pino";
import { addProcessMetrics, type WorkerMetrics } from "./metrics.js";

export interface MetricsAddress {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** How long a request may take to arrive, ms. */
const REQUEST_MS = 5_000;
const MOST_CONNECTIONS = 16;

/**
 * Answers `GET /metrics`, and nothing else. It asks for no token: it tells how much was done and how well
 * it went, and nothing of samples or parameters.
 *
 * @returns what stops it
 * @throws TributaryError `port_in_use`, also for an address or port that this process may not have
 */
export async function serveMetrics(
  metrics: WorkerMetrics,
  { host = "127.0.0.1", port }: MetricsAddress,
  log: Logger,
): Promise<() => Promise<void>> {
  addProcessMetrics(metrics);
  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, connectionsCheckingInterval: 1_000 },
    (request, response) => void answer(metrics, request, response),
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new TributaryError("port_in_use", `cannot serve metrics on ${host}, port ${port}`, { cause });
  }
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  log.info({ host, port: bound }, "metrics are served");
  return async () => {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
}

async function answer({ registry }: WorkerMetrics, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url !== "/metrics") return void response.writeHead(404).end();
  if (request.method !== "GET") return void response.writeHead(405, { allow: "GET" }).end();
  const text = await registry.metrics();
  response.writeHead(200, { "content-type": registry.contentType }).end(text);
}
