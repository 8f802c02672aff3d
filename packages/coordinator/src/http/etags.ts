import { createHash } from "node:crypto";
import type { Api } from "./routes/route.js";

/**
 * Gives every whole answer to a GET an ETag, of its bytes where the route has none of its own, and answers 304 to who has it
 * already (RFC 9110, section 13.1.2). Streams without an ETag of their own have none.
 */
export function answerWithEtags(api: Api): void {
  api.addHook("onSend", async (request, reply, payload) => {
    if ((request.method !== "GET" && request.method !== "HEAD") || reply.statusCode !== 200) return payload;
    if (reply.getHeader("etag") === undefined) {
      if (typeof payload !== "string" && !Buffer.isBuffer(payload)) return payload;
      // Weak: a proxy may compress it.
      reply.header("etag", `W/"${createHash("sha256").update(payload).digest("base64url").slice(0, 27)}"`);
    }
    const etag = String(reply.getHeader("etag"));
    if (!isAmong(etag, request.headers["if-none-match"])) return payload;
    if (
      typeof payload === "object" &&
      payload !== null &&
      "destroy" in payload &&
      typeof payload.destroy === "function"
    )
      payload.destroy();
    reply.code(304).removeHeader("content-length").removeHeader("content-type");
    return "";
  });
}

const opaque = (etag: string): string => etag.trim().replace(/^W\//, "");

const isAmong = (etag: string, given: string | undefined): boolean =>
  given !== undefined && (given.trim() === "*" || given.split(",").some((one) => opaque(one) === opaque(etag)));
