import { TributaryError } from "@tributary/protocol";
import type { FastifyRequest } from "fastify";
import { sameToken, type Tokens } from "../data-folder/tokens.js";

/**
 * Lets only the holder of the admin token in: `Authorization: Bearer TOKEN`, or Basic with the token as the password, so
 * that a browser can ask for it. The name of a Basic login does not matter.
 *
 * @throws TributaryError `unauthorized`, `forbidden` (the join token: it is for workers)
 */
export function authorize(tokens: Tokens, request: FastifyRequest): void {
  const token = tokenOf(request.headers.authorization);
  if (token === undefined) throw new TributaryError("unauthorized", "a token is needed");
  if (sameToken(token, tokens.admin)) return;
  if (sameToken(token, tokens.join)) throw new TributaryError("forbidden", "the join token is for workers only");
  throw new TributaryError("unauthorized", "the token is wrong");
}

function tokenOf(header: string | undefined): string | undefined {
  const [, scheme, credentials] = /^(Bearer|Basic) +(\S{1,2048})$/i.exec(header ?? "") ?? [];
  if (scheme === undefined || credentials === undefined) return undefined;
  if (scheme.toLowerCase() === "bearer") return credentials;
  const login = Buffer.from(credentials, "base64").toString("utf8");
  return login.slice(login.indexOf(":") + 1);
}
