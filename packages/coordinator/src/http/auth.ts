import type { IncomingHttpHeaders } from "node:http";
import { TributaryError } from "@tributary/protocol";
import type { FastifyRequest } from "fastify";
import { sameToken, type Tokens } from "../data-folder/tokens.js";

/**
 * Lets only the holder of the admin token in: `Authorization: Bearer TOKEN`, or Basic with the token as the password, so
 * that a browser can ask for it. The name of a Basic login does not matter. A browser sends a Basic login by itself, also for
 * a form on somebody else's page: so what changes something is refused with one that comes from another site (Fetch Metadata; `Origin` where there is none,
 * as on plain HTTP).
 *
 * @throws TributaryError `unauthorized`, `forbidden` (the join token: it is for workers; a login from another site)
 */
export function authorize(tokens: Tokens, request: FastifyRequest): void {
  const token = tokenOf(request.headers.authorization);
  if (token === undefined) throw new TributaryError("unauthorized", "a token is needed");
  if (sameToken(token, tokens.join)) throw new TributaryError("forbidden", "the join token is for workers only");
  if (!sameToken(token, tokens.admin)) throw new TributaryError("unauthorized", "the token is wrong");
  checkSite(request);
}

const READING: readonly string[] = ["GET", "HEAD", "OPTIONS"];
const OWN_SITE: readonly string[] = ["same-origin", "none"];

/** Bearer tokens are sent by those alone who know them. */
function checkSite({ method, headers }: FastifyRequest): void {
  const isLogin = /^Basic /i.test(headers.authorization ?? "");
  if (isLogin && !READING.includes(method) && !isOwnSite(headers))
    throw new TributaryError("forbidden", "a login does not count for what a page of another site asks for", {
      hint: "Send the token as `Authorization: Bearer`.",
    });
}

/** Who sends neither header is no browser. The scheme does not count: a proxy may have taken the TLS off. */
function isOwnSite({ origin, host, ...headers }: IncomingHttpHeaders): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return OWN_SITE.includes(String(site));
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase());
}

function tokenOf(header: string | undefined): string | undefined {
  const [, scheme, credentials] = /^(Bearer|Basic) +(\S{1,2048})$/i.exec(header ?? "") ?? [];
  if (scheme === undefined || credentials === undefined) return undefined;
  if (scheme.toLowerCase() === "bearer") return credentials;
  const login = Buffer.from(credentials, "base64").toString("utf8");
  return login.slice(login.indexOf(":") + 1);
}
