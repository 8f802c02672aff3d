import cors from "@fastify/cors";
import { TributaryError } from "@tributary/protocol";
import type { Api } from "./routes/route.js";

/** How long a browser may remember what it was allowed, s. */
const REMEMBERED_S = 600;

/**
 * Lets pages of other origins use the API (Fetch, section 3.2, CORS): those that are named, exactly, and with a bearer token alone. No
 * page is sent a login that the browser has, so what is told of logins from other sites holds for allowed origins as well.
 *
 * @param origins as of `exactOrigin`; none: no page of another origin is let in
 */
export async function allowOrigins(app: Api, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  const allowed = new Set(origins);
  await app.register(cors, {
    // `false` also leaves preflights of others to be refused as any request.
    origin: async (origin: string | undefined) => (origin !== undefined && allowed.has(origin) ? origin : false),
    strictPreflight: false,
    methods: ["GET", "HEAD", "POST", "PATCH", "DELETE"],
    allowedHeaders: ["Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "Last-Event-ID"],
    exposedHeaders: ["ETag", "Location", "Retry-After"],
    maxAge: REMEMBERED_S,
  });
  // A route may have put its own header in place of that of the plug-in.
  app.addHook("onSend", async (_, reply) => {
    const varies = String(reply.getHeader("vary") ?? "");
    if (!/\borigin\b/i.test(varies)) reply.header("vary", varies === "" ? "Origin" : `${varies}, Origin`);
  });
}

/**
 * An origin as browsers send it: "https://notebook.example:8888".
 *
 * @throws TributaryError `invalid_request` for `*`, an address with a path, and whatever else is none
 */
export function exactOrigin(text: string): string {
  const url = URL.canParse(text) && !text.includes("*") ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text) return text;
  const nearest = url === undefined || url.origin === "null" ? "https://notebook.example:8888" : url.origin;
  throw new TributaryError("invalid_request", `"${text.slice(0, 100)}" is no origin that can be allowed`, {
    hint: `Give each one exactly, scheme, name and port, without a path: ${nearest}`,
  });
}
