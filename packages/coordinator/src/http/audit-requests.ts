import type { FastifyRequest } from "fastify";
import type { AuditTrail } from "../audit-trail.js";
import type { Api } from "./routes/route.js";

/** Requests whose answer waits until they are written down: those that change something. */
const READING = ["GET", "HEAD", "OPTIONS"];

/** What is refused before its token is looked at: nothing comes of it, and nobody knows whose it is. */
const TOO_MANY = 429;

/**
 * Writes down who asked for what: everything that changes something, before it is answered; the fetching of models; and who was
 * not let in. What only looks on is left out: a page that is left open would fill the log. So are requests beyond the limit.
 */
export function auditRequests(api: Api, trail: AuditTrail): void {
  api.addHook("onSend", async (request, reply) => {
    const { statusCode } = reply;
    const { method } = request;
    const isPublic = request.routeOptions.config?.public === true;
    if (isPublic || request.routeOptions.url === undefined || statusCode === TOO_MANY) return;
    const facts = { method, path: pathOf(request), status: statusCode, address: request.ip };
    if (statusCode === 401 || statusCode === 403) return trail.refused(facts);
    if (!READING.includes(method)) await trail.request(facts, jobOf(request));
    else if (request.routeOptions.url.includes("/models/")) void trail.request(facts, jobOf(request)).catch(() => {});
  });
}

const pathOf = ({ url }: FastifyRequest): string => (url.split("?", 1)[0] ?? "").slice(0, 200);

function jobOf({ params }: FastifyRequest): string | null {
  const id = typeof params === "object" && params !== null && "id" in params ? params.id : null;
  return typeof id === "string" ? id.slice(0, 64) : null;
}
