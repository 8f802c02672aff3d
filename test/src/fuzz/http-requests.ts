import fc from "fast-check";

export interface HttpMessage {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const spec = fc.record(
  {
    name: fc.string(),
    model: fc.oneof(fc.constantFrom("lenet5", "lenet6"), fc.jsonValue()),
    dataset: fc.oneof(fc.constantFrom("nobodys", ""), fc.jsonValue()),
    rounds: fc.oneof(fc.integer(), fc.jsonValue()),
    training: fc.oneof(fc.record({ epochs: fc.integer(), batchSize: fc.integer() }), fc.jsonValue()),
    cohort: fc.oneof(fc.record({ minimum: fc.integer(), quorum: fc.integer() }), fc.jsonValue()),
    strategy: fc.oneof(fc.record({ kind: fc.constantFrom("fedavg", "x") }), fc.jsonValue()),
    seed: fc.jsonValue(),
    stop: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const json = fc.oneof(spec, fc.jsonValue()).map((value) => JSON.stringify(value));
const yaml = fc.oneof(
  spec.map((fields) =>
    Object.entries(fields)
      .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
      .join("\n"),
  ),
  fc.constantFrom(
    "model: [",
    "&a [*a, *a]",
    "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
    "!!js/function 'x'",
    "- \t-\u0000",
  ),
);
/** A text with a piece left out, sent twice, or changed. */
const mutated = (text: string): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant(text),
    fc.tuple(fc.nat(text.length), fc.nat(text.length)).map(([from, to]) => text.slice(0, from) + text.slice(to)),
    fc.tuple(fc.nat(text.length), fc.string()).map(([at, more]) => text.slice(0, at) + more + text.slice(at)),
  );

const segment = fc.oneof(
  fc.constantFrom(
    "v1",
    "jobs",
    "workers",
    "models",
    "rounds",
    "events",
    "cancel",
    "pause",
    "resume",
    "health",
    "latest",
  ),
  fc.uuid(),
  fc.nat().map(String),
  fc.string().map(encodeURIComponent),
  fc.constantFrom("..", "%", "%00", "%ff", "x".repeat(300)),
);
const path = fc.oneof(
  fc.constantFrom("/v1/jobs", "/v1/workers", "/health", "/ready"),
  fc.array(segment, { maxLength: 5 }).map((parts) => `/${parts.join("/")}`),
  fc
    .tuple(fc.uuid(), fc.constantFrom("", "/cancel", "/pause", "/resume", "/rounds", "/models", "/models/1"))
    .map(([id, rest]) => `/v1/jobs/${id}${rest}`),
);
const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: fc.webQueryParameters().map((text) => `?${text}`) },
);

/** Requests of any method, path and body; with the token mostly, so that they come further than its check. */
export const httpMessages = (token: string): fc.Arbitrary<HttpMessage> =>
  fc
    .record({
      method: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom("GET", "POST") },
        { weight: 2, arbitrary: fc.constantFrom("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "LOCK") },
      ),
      at: fc.tuple(path, query).map((parts) => parts.join("")),
      authorization: fc.oneof(
        { weight: 6, arbitrary: fc.constant(`Bearer ${token}`) },
        { weight: 1, arbitrary: fc.constantFrom("", "Bearer", "Basic !", `Basic ${"A".repeat(400)}`, "Bearer x") },
      ),
      type: fc.constantFrom("application/json", "application/yaml", "text/plain", "image/png", "a/b; c", ""),
      extra: fc.dictionary(
        fc.constantFrom("last-event-id", "accept", "range", "x-request-id", "if-none-match"),
        fc.stringMatching(/^[\x20-\x7e]{0,40}$/),
      ),
      body: fc.oneof(json, yaml, fc.string({ maxLength: 2_000 })).chain(mutated),
    })
    .map(({ method, at, authorization, type, extra, body }) => ({
      method,
      path: at,
      headers: { ...extra, authorization, "content-type": type },
      body: method === "GET" || method === "TRACE" ? "" : body,
    }));
