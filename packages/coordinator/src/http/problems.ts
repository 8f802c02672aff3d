import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { PROBLEM_MEDIA_TYPE, problemOf } from "@tributary/federation";
import { type ErrorCode, TributaryError, toTributaryError } from "@tributary/protocol";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { describeIssue } from "./describe-issue.js";

/** Answers every error as problem details of the catalogue: ours, the framework's, and the unexpected ones. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((thrown: FastifyError | TributaryError, request, reply) => {
    const error = asTributaryError(thrown, request);
    if (error.status >= 500) request.log.error({ err: thrown }, error.message);
    return sendProblem(reply, error);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      new TributaryError("not_found", `there is no ${request.method} ${pathOf(request.url)}`, {
        hint: "The API is described at /docs.",
      }),
    ),
  );
}

/** What the framework refuses before it has found a route: a path that can't be decoded, or is too long. */
export function answerUnrouted(error: FastifyError, _request: unknown, reply: FastifyReply): void {
  void sendProblem(reply, asTributaryError(error));
}

/** How long a peer may take to read what is wrong, ms: one that goes on sending would keep the connection otherwise. */
const PARTING_MS = 1_000;

/** What is no request of HTTP at all, or takes too long to come: the same problem details, written by hand. */
export function answerMalformed(error: Error & { readonly code?: string }, socket: Socket): void {
  // The peer is gone, or was told already.
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const problem = problemOf(malformed(error.code));
  const { status } = problem;
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: ${PROBLEM_MEDIA_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  const parting = setTimeout(() => socket.destroy(), PARTING_MS);
  socket.once("close", () => clearTimeout(parting));
}

/** By Node's code of what is wrong. */
function malformed(code: string | undefined): TributaryError {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new TributaryError("request_timed_out", "the request took too long to come");
    case "HPE_HEADER_OVERFLOW":
      return new TributaryError("headers_too_large", "the headers, with the path and its query, are too long");
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return new TributaryError("payload_too_large", "the extensions of a chunk are too long");
    default:
      return new TributaryError("invalid_request", "this is no request of HTTP/1.1");
  }
}

function sendProblem(reply: FastifyReply, error: TributaryError): FastifyReply {
  if (error.code === "unauthorized") reply.header("www-authenticate", 'Basic realm="tributary", charset="UTF-8"');
  return reply.code(error.status).type(PROBLEM_MEDIA_TYPE).serializer(JSON.stringify).send(problemOf(error));
}

/** What the framework refuses, by the HTTP status that it would give. */
const frameworkCodes: Readonly<Record<number, ErrorCode>> = {
  400: "invalid_request",
  404: "not_found",
  413: "payload_too_large",
  414: "invalid_request",
  415: "unsupported_media_type",
  429: "rate_limited",
};

function asTributaryError(
  thrown: FastifyError | TributaryError,
  request?: Pick<FastifyRequest, "params" | "query">,
): TributaryError {
  if (thrown instanceof TributaryError) return thrown;
  if (thrown.code === "FST_ERR_CTP_INVALID_MEDIA_TYPE")
    return new TributaryError("unsupported_media_type", "the body is of a media type that is not read", {
      cause: thrown,
    });
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const context = thrown.validationContext;
    const checked = context === "params" ? request?.params : request?.query;
    const places = thrown.validation.map(({ instancePath, message = "", params }) =>
      describeIssue({ path: instancePath.split("/").filter(Boolean), message, values: valuesOf(params) }, checked),
    );
    return new TributaryError("invalid_request", `${context}: ${places.join("; ")}`);
  }
  const code = frameworkCodes[thrown.statusCode ?? 500];
  return code === undefined ? toTributaryError(thrown) : new TributaryError(code, thrown.message, { cause: thrown });
}

const valuesOf = ({ values }: Readonly<Record<string, unknown>>): readonly unknown[] =>
  Array.isArray(values) ? values : [];

const pathOf = (url: string): string => (url.split("?", 1)[0] ?? "").slice(0, 200);
