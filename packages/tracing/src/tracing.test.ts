import { once } from "node:events";
import { createServer } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noTracing, openTracing, type Tracing } from "./index.js";

const service = { service: "test", version: "1" };
const PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

describe("tracing without an endpoint", () => {
  it.each([undefined, ""])("is none (%j)", async (endpoint) => {
    const tracing = await openTracing({ ...service, endpoint });
    expect(tracing).toBe(noTracing);
    expect(tracing.traceparentOf(tracing.begin("a", { parent: PARENT }))).toBe("");
    await tracing.close();
  });
});

describe("tracing with an endpoint", () => {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    bodies.push(`${request.url} ${Buffer.concat(chunks)}`);
    response.end("{}");
  });
  let tracing: Tracing;
  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    tracing = await openTracing({ ...service, endpoint: `http://127.0.0.1:${port}/` });
  });
  afterAll(() => void server.close());

  it("goes on with another process's trace", () => {
    const [, traceId, spanId] = tracing.traceparentOf(tracing.begin("a", { parent: PARENT })).split("-");
    expect(traceId).toBe(PARENT.split("-")[1]);
    expect(spanId).not.toBe(PARENT.split("-")[2]);
  });

  it("begins a trace of its own for whatever is no traceparent", () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.string({ maxLength: 100 }).map((text) => `${PARENT}${text || "-"}`),
      fc.constantFrom(
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        PARENT.toUpperCase(),
        "x".repeat(10_000_000),
      ),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        const own = tracing.traceparentOf(tracing.begin("a", { parent: text }));
        expect(own).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
        expect(own.split("-")[1]).not.toBe(PARENT.split("-")[1]);
      }),
    );
  });

  it("records nothing of a trace that another process left unsampled", () => {
    const parent = PARENT.replace(/01$/, "00");
    expect(tracing.traceparentOf(tracing.begin("a", { parent }))).toMatch(/-00$/);
  });

  it("sends what ended before it closes", async () => {
    tracing.begin("the last one", { attributes: { answer: 42 } }).end();
    await tracing.close();
    await tracing.close();
    expect(bodies.join()).toContain("/v1/traces");
    expect(bodies.join()).toContain('"the last one"');
  });

  it("closes soon, and without an error, when nobody listens", async () => {
    const lost = await openTracing({ ...service, endpoint: "http://127.0.0.1:9" });
    lost.begin("a").end();
    const began = performance.now();
    await lost.close();
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
