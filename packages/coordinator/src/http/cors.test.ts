import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import { exactOrigin } from "./cors.js";

const ORIGIN = "https://notebook.example:8888";
const OTHERS = ["https://notebook.example", "http://notebook.example:8888", "https://x.notebook.example:8888", "null"];
const PREFLIGHT = { "access-control-request-method": "PATCH", "access-control-request-headers": "authorization" };

describe("pages of other origins", () => {
  let coordinator: LocalCoordinator;
  beforeAll(async () => {
    coordinator = await LocalCoordinator.start({ allowedOrigins: [ORIGIN, "http://127.0.0.1:9"] });
  });
  afterAll(() => coordinator?.[Symbol.asyncDispose]());

  it("may ask for what the SDK asks for, from an origin that is allowed", async () => {
    const { status, headers } = await coordinator.request("OPTIONS", "/v1/jobs/x", undefined, {
      ...{ authorization: "", origin: ORIGIN },
      ...PREFLIGHT,
    });
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-origin")).toBe(ORIGIN);
    expect(headers.get("access-control-allow-methods")).toBe("GET, HEAD, POST, PATCH, DELETE");
    expect(headers.get("access-control-allow-headers")?.toLowerCase().split(", ")).toEqual(
      expect.arrayContaining(["authorization", "content-type", "idempotency-key", "if-none-match", "last-event-id"]),
    );
    expect(headers.get("access-control-allow-credentials")).toBeNull();
  });

  it("may read answers and refusals, with the headers that the SDK reads, and no cache takes one origin's for another's", async () => {
    for (const [path, status] of [
      ["/v1/jobs", 200],
      ["/v1/jobs/x", 404],
    ] as const) {
      const answer = await coordinator.request("GET", path, undefined, { origin: ORIGIN });
      expect(answer.status).toBe(status);
      expect(answer.headers.get("access-control-allow-origin")).toBe(ORIGIN);
      expect(answer.headers.get("access-control-expose-headers")).toBe("ETag, Location, Retry-After");
      expect(answer.headers.get("vary")).toMatch(/\borigin\b/i);
    }
    // It has a header of its own.
    expect((await coordinator.request("GET", "/")).headers.get("vary")).toMatch(/accept-encoding, origin/i);
  });

  it.each(OTHERS)("of %s are let do nothing", async (origin) => {
    const preflight = await coordinator.request("OPTIONS", "/v1/jobs/x", undefined, {
      ...{ authorization: "", origin },
      ...PREFLIGHT,
    });
    expect(preflight.status).toBe(401);
    const read = await coordinator.request("GET", "/v1/jobs", undefined, { origin });
    for (const { headers } of [preflight, read]) expect(headers.get("access-control-allow-origin")).toBeNull();
  });

  it("change nothing with a login that the browser sends by itself, even where their origin is allowed", async () => {
    const basic = `Basic ${Buffer.from(`anyone:${coordinator.tokens.admin}`).toString("base64")}`;
    const bearer = `Bearer ${coordinator.tokens.admin}`;
    const site = { origin: ORIGIN, "sec-fetch-site": "cross-site" };
    const cancel = async (authorization: string) =>
      (await coordinator.request("POST", "/v1/jobs/x/cancel", undefined, { ...site, authorization })).status;
    expect([await cancel(basic), await cancel(bearer)]).toEqual([403, 404]);
  });

  it("are let in nowhere unless an origin is allowed", async () => {
    await using closed = await LocalCoordinator.start();
    const { headers } = await closed.request("GET", "/v1/jobs", undefined, { origin: ORIGIN });
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });

  it("are not let in by a coordinator that is asked for what is no origin: it does not start", async () => {
    await expect(LocalCoordinator.start({ allowedOrigins: ["*"] })).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining('"*"'),
    });
  });
});

it.each([
  ...["*", "null", "", "notebook.example", "https://notebook.example/", "https://*.example", "file:///x"],
  ...["https://a.example/b", "https://A.example", "https://a.example:443", "https://user@a.example"],
])("%j is no origin that can be allowed", (text) => {
  expect(() => exactOrigin(text)).toThrow(expect.objectContaining({ code: "invalid_request" }));
});
