import { fileURLToPath } from "node:url";
import { problemSchema } from "@tributary/federation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";

const file = fileURLToPath(new URL("../../../../docs/openapi.json", import.meta.url));
/** What needs no token. */
const PUBLIC = ["GET /health"];

describe("the description of the API", () => {
  let coordinator: LocalCoordinator;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API says
  let served: any;
  beforeAll(async () => {
    coordinator = await LocalCoordinator.start();
    served = (await coordinator.request("GET", "/docs/json")).body;
  });
  afterAll(() => coordinator[Symbol.asyncDispose]());

  const routes = (): [method: string, path: string][] =>
    Object.entries<object>(served.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method): [string, string] => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, "1")]),
    );

  /** Of the answer only its beginning: a stream of events has no end. */
  const ask = async (method: string, path: string, authorization: string) => {
    const abort = new AbortController();
    const { status, headers, body } = await fetch(coordinator.url + path, {
      method,
      headers: authorization === "" ? {} : { authorization },
      signal: abort.signal,
    });
    const isProblem = headers.get("content-type")?.startsWith("application/problem+json");
    const problem = isProblem ? await new Response(body).json() : undefined;
    abort.abort();
    return { status, problem };
  };

  it("is OpenAPI 3.1, and is in docs/openapi.json; `npx vitest run openapi -u` writes it anew", async () => {
    expect(served.openapi).toMatch(/^3\.1\./);
    await expect(`${JSON.stringify(served, null, 2)}\n`).toMatchFileSnapshot(file);
  });

  it("has 304 where an answer is given an ETag, and only there", async () => {
    const job = await coordinator.submit({ model: "logistic", dataset: "mnist", rounds: 1, cohort: { minimum: 9 } });
    for (const [path, { get }] of Object.entries<{ get?: { responses: object } }>(served.paths)) {
      if (get === undefined) continue;
      const declared = Object.hasOwn(get.responses, 304);
      expect([path, declared]).toEqual([path, !path.endsWith("/events")]);
      const there = path.replace("{id}", job).replace("{version}", "latest");
      if (!declared || there.includes("{")) continue;
      const { status, headers } = await coordinator.request("GET", there);
      if (status === 200) expect([path, headers.get("etag")]).toEqual([path, expect.any(String)]);
    }
  });

  it("has routes that let the admin token in, and no other token", async () => {
    const { admin, join } = coordinator.tokens;
    const basic = (password: string) => `Basic ${Buffer.from(`x:${password}`).toString("base64")}`;
    expect(routes().length).toBeGreaterThan(20);
    for (const [method, path] of routes()) {
      if (PUBLIC.includes(`${method} ${path}`)) continue;
      for (const [who, authorization, status] of [
        ["nobody", "", 401],
        ["a stranger", `Bearer ${admin}x`, 401],
        ["a stranger with a password", basic("admin"), 401],
        ["a worker", `Bearer ${join}`, 403],
        ["a worker with a password", basic(join), 403],
      ] as const) {
        const { status: given, problem } = await ask(method, path, authorization);
        expect([method, path, who, given]).toEqual([method, path, who, status]);
        expect(problemSchema.parse(problem).status).toBe(status);
      }
      for (const authorization of [`Bearer ${admin}`, basic(admin)])
        expect([401, 403]).not.toContain((await ask(method, path, authorization)).status);
    }
  });

  it("has routes that answer each wrong request with a problem of the catalogue", async () => {
    for (const [method, path] of routes()) {
      const { status, headers, body } = await coordinator.request(
        method === "GET" || method === "DELETE" ? "POST" : "PUT",
        path,
        "{",
      );
      if (status < 400) continue;
      expect([path, headers.get("content-type")]).toEqual([path, "application/problem+json"]);
      expect(problemSchema.parse(body)).toMatchObject({ status, type: `urn:tributary:problem:${body.code}` });
      if (status === 405) expect(headers.get("allow")).not.toBe(null);
    }
  });
});
