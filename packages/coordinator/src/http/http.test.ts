import { createHash } from "node:crypto";
import { decodeOnnxParameters, decodeSafetensors, initialise, loadParameters, namedModel } from "@tributary/nn";
import type { Parameter } from "@tributary/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";

const spec = { model: "lenet5", dataset: "mnist", rounds: 2, cohort: { minimum: 1 }, evaluation: { every: 0 } };

const nudged = (parameters: readonly Parameter[], by: number): Parameter[] =>
  parameters.map((parameter) => ({ ...parameter, values: parameter.values.map((value) => value + by) }));

describe("the HTTP API", () => {
  let coordinator: LocalCoordinator;
  let finished: string;
  beforeAll(async () => {
    coordinator = await LocalCoordinator.start({ limits: { bodyBytes: 100_000, requestsPerMinute: 1_000 } });
    await coordinator.join("alice", { train: (parameters, round) => nudged(parameters, round) });
    finished = await coordinator.submit(spec);
    await coordinator.finished(finished);
  });
  afterAll(() => coordinator[Symbol.asyncDispose]());

  const routes = async (): Promise<[string, string][]> => {
    const { body } = await coordinator.request("GET", "/docs/json");
    return Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method): [string, string] => [
        method.toUpperCase(),
        path.replaceAll(/\{\w+\}/g, finished),
      ]),
    );
  };

  it("describes itself", async () => {
    const paths = (await routes()).map(([method, path]) => `${method} ${path.replaceAll(finished, "x")}`);
    expect(paths.sort()).toEqual([
      "DELETE /v1/webhooks/x",
      "DELETE /v1/workers/x",
      "GET /health",
      "GET /metrics",
      "GET /ready",
      "GET /v1/audit",
      "GET /v1/audit/head",
      "GET /v1/events",
      "GET /v1/jobs",
      "GET /v1/jobs/x",
      "GET /v1/jobs/x/events",
      "GET /v1/jobs/x/logs",
      "GET /v1/jobs/x/models",
      "GET /v1/jobs/x/models/x",
      "GET /v1/jobs/x/rounds",
      "GET /v1/jobs/x/rounds/x/updates/x",
      "GET /v1/jobs/x/series",
      "GET /v1/webhooks",
      "GET /v1/webhooks/x",
      "GET /v1/workers",
      "GET /v1/workers/x",
      "PATCH /v1/jobs/x",
      "POST /v1/jobs",
      "POST /v1/jobs/x/cancel",
      "POST /v1/jobs/x/pause",
      "POST /v1/jobs/x/resume",
      "POST /v1/webhooks",
    ]);
  });

  it("answers nobody without the admin token, except about its health", async () => {
    const all = [...(await routes()), ["GET", "/docs"], ["GET", "/docs/json"], ["GET", "/nowhere"]] as const;
    for (const [method, path] of all) {
      for (const authorization of ["", "Bearer wrong", "Basic d3Jvbmc=", `Bearer ${coordinator.tokens.admin}x`]) {
        const { status, body } = await coordinator.request(method, path, undefined, { authorization });
        if (path === "/health") expect(status).toBe(200);
        else expect([path, status, body.code]).toEqual([path, 401, "unauthorized"]);
      }
      if (path === "/health") continue;
      const join = { authorization: `Bearer ${coordinator.tokens.join}` };
      expect(await coordinator.request(method, path, undefined, join)).toMatchObject({
        status: 403,
        body: { code: "forbidden" },
      });
    }
  });

  it("takes the token as a password, so that a browser can open the description", async () => {
    const authorization = `Basic ${Buffer.from(`anyone:${coordinator.tokens.admin}`).toString("base64")}`;
    expect(await coordinator.request("GET", "/docs", undefined, { authorization })).toMatchObject({ status: 200 });
  });

  it("lets no page of another site use the login that a browser sends by itself", async () => {
    const basic = `Basic ${Buffer.from(`anyone:${coordinator.tokens.admin}`).toString("base64")}`;
    const bearer = `Bearer ${coordinator.tokens.admin}`;
    const tried = async (method: string, path: string, authorization: string, site?: string, origin?: string) => {
      const headers = {
        authorization,
        ...(site !== undefined && { "sec-fetch-site": site }),
        ...(origin !== undefined && { origin }),
      };
      return (await coordinator.request(method, path, undefined, headers)).status;
    };
    const changing = (await routes()).filter(([method]) => method !== "GET");
    expect(changing.map(([method, path]) => `${method} ${path}`)).toEqual(
      expect.arrayContaining(["POST /v1/jobs", "POST /v1/webhooks"]),
    );
    for (const site of ["cross-site", "same-site"]) {
      for (const [method, path] of changing)
        expect([site, method, path, await tried(method, path, basic, site)]).toEqual([site, method, path, 403]);
      expect(await tried("POST", "/v1/jobs/x/cancel", bearer, site)).toBe(404);
      expect(await tried("GET", "/v1/jobs", basic, site)).toBe(200);
    }
    for (const site of [undefined, "same-origin", "none"])
      expect(await tried("POST", "/v1/jobs/x/cancel", basic, site)).toBe(404);
    const own = new URL(coordinator.url);
    for (const origin of ["http://elsewhere.example", "null", `http://${own.hostname}:1`, `${own.origin}.example`]) {
      for (const [method, path] of changing)
        expect([origin, path, await tried(method, path, basic, undefined, origin)]).toEqual([origin, path, 403]);
      expect(await tried("POST", "/v1/jobs/x/cancel", bearer, undefined, origin)).toBe(404);
      expect(await tried("GET", "/v1/jobs", basic, undefined, origin)).toBe(200);
    }
    for (const origin of [own.origin, `https://${own.host}`])
      expect(await tried("POST", "/v1/jobs/x/cancel", basic, undefined, origin)).toBe(404);
    for (const path of ["/v1/jobs", "/v1/webhooks"]) expect(await tried("POST", path, basic)).toBe(400);
  });

  it("takes a JobSpec as YAML", async () => {
    const yaml = "model: lenet5\ndataset: mnist\nrounds: 1\nevaluation: { every: 0 }\n";
    const { status, headers, body } = await coordinator.request("POST", "/v1/jobs", yaml, {
      "content-type": "application/yaml",
    });
    expect(status).toBe(201);
    expect(headers.get("location")).toBe(`/v1/jobs/${body.id}`);
    expect(body).toMatchObject({ name: "job", spec: { rounds: 1, training: { batchSize: 32 } }, parameters: 61_706 });
    expect(await coordinator.finished(body.id)).toMatchObject({ status: "completed" });
  });

  it.each([
    ["a wrong field", { ...spec, rounds: 0 }, 422, "invalid_job_spec", /rounds/],
    ["an unknown field", { ...spec, raunds: 3 }, 422, "invalid_job_spec", /raunds/],
    ["an unknown model", { ...spec, model: "lenet" }, 422, "unknown_model", /lenet5/],
    ["an unknown data set", { ...spec, dataset: "cifar" }, 422, "unknown_dataset", /there is mnist/],
    ["a graph that is none", { ...spec, model: { graph: {} } }, 422, "invalid_graph", /./],
    ["no JSON", "{", 422, "invalid_job_spec", /./],
    ["nothing", "", 400, "invalid_request", /JobSpec/],
    ["a text with NUL", { ...spec, name: "a\0b" }, 400, "invalid_request", /NUL/],
    ["too much", "x".repeat(100_001), 413, "payload_too_large", /./],
  ])("refuses %s as a JobSpec in one line", async (_, body, status, code, message) => {
    const answer = await coordinator.request("POST", "/v1/jobs", body);
    expect(answer.headers.get("content-type")).toMatch("application/problem+json");
    expect(answer).toMatchObject({ status, body: { status, code, type: `urn:tributary:problem:${code}` } });
    expect(answer.body.detail).toMatch(message);
    expect(answer.body.detail).not.toContain("\n");
    expect(answer.body.hint).not.toBe("");
  });

  it.each([
    ["GET", "/nowhere", 404, "not_found"],
    ["DELETE", "/v1/jobs", 405, "method_not_allowed"],
    ["PUT", "/v1/jobs/nobody", 405, "method_not_allowed"],
    ["GET", "/v1/jobs/nobody", 404, "not_found"],
    ["GET", "/v1/jobs/nobody/rounds", 404, "not_found"],
    ["GET", "/v1/jobs/nobody/events", 404, "not_found"],
    ["GET", "/v1/jobs/nobody/models/latest", 404, "not_found"],
    ["POST", "/v1/jobs/nobody/cancel", 404, "not_found"],
    ["GET", "/v1/jobs?limit=0", 400, "invalid_request"],
    ["POST", `/v1/jobs/${"x".repeat(100)}/pause`, 400, "invalid_request"],
    ["PATCH", `/v1/jobs/${"x".repeat(100)}`, 400, "invalid_request"],
    ["GET", `/v1/jobs/${"x".repeat(500)}`, 400, "invalid_request"],
    ["GET", "/v1/jobs/nobody%00", 400, "invalid_request"],
    ["GET", "/v1/audit?actor=no%00body", 400, "invalid_request"],
    ["GET", "/v1/jobs?limit=many", 400, "invalid_request"],
  ])("answers %s %s with a problem", async (method, path, status, code) => {
    expect(await coordinator.request(method, path)).toMatchObject({ status, body: { status, code } });
  });

  it.each([
    ["/v1/jobs?status=runing", /status: .*; did you mean running\?$/],
    ["/v1/jobs/x/rounds?order=newst", /order: .*; did you mean newest\?$/],
    ["/v1/jobs?status=blue", /status: [^;]*$/],
  ])("answers %s with the choice that was meant, where one is near", async (path, detail) => {
    const { status, body } = await coordinator.request("GET", path);
    expect(status).toBe(400);
    expect(body.detail).toMatch(detail);
  });

  it("refuses a media type that it does not read", async () => {
    const answer = await coordinator.request("POST", "/v1/jobs", "x", { "content-type": "image/png" });
    expect(answer).toMatchObject({ status: 415, body: { code: "unsupported_media_type" } });
  });

  it("gives any version of a model as a safetensors or ONNX file and as it travels", async () => {
    const get = (path: string, headers = {}) =>
      fetch(`${coordinator.url}/v1/jobs/${finished}/models/${path}`, {
        headers: { authorization: `Bearer ${coordinator.tokens.admin}`, ...headers },
      });
    const initial = decodeSafetensors(new Uint8Array(await (await get("0.safetensors")).arrayBuffer()));
    expect(initial).toEqual(initialise(namedModel("lenet5"), 1));
    const { body } = await coordinator.request("GET", `/v1/jobs/${finished}/models`);
    expect(body.models.map(({ round }: { round: number }) => round)).toEqual([0, 1, 2]);
    const latest = await get("latest", { accept: "application/x-protobuf" });
    const digest = createHash("sha256")
      .update(new Uint8Array(await latest.arrayBuffer()))
      .digest("hex");
    expect(digest).toBe(body.models[2].digest);
    expect(latest.headers.get("etag")).toBe(`"${digest}"`);
    expect((await get("2", { "if-none-match": `"${digest}"` })).status).toBe(304);
    const onnx = await get("2.onnx");
    const parameters = decodeOnnxParameters(new Uint8Array(await onnx.arrayBuffer()));
    const same = decodeSafetensors(new Uint8Array(await (await get("2")).arrayBuffer()));
    expect(loadParameters(namedModel("lenet5"), parameters, { unexpected: "ignore" })).toEqual(same);
    expect(onnx.headers.get("etag")).toBe(`"${digest}.onnx"`);
    expect(onnx.headers.get("content-disposition")).toContain(`${finished}-round-2.onnx`);
    expect((await get("2.pickle")).status).toBe(400);
    expect((await get("3")).status).toBe(404);
    expect((await get("two")).status).toBe(400);
  });

  it("streams what happened in a job, and goes on after the last event that was seen", async () => {
    const read = async (headers = {}) => {
      const { body } = await coordinator.request("GET", `/v1/jobs/${finished}/events`, undefined, headers);
      return String(body)
        .split("\n\n")
        .filter((part) => part !== "")
        .map((part) =>
          Object.fromEntries(
            part.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
          ),
        );
    };
    const all = await read();
    expect(all.map(({ event }) => event)).toEqual(["round", "round", "job"]);
    expect(JSON.parse(all[2]?.data ?? "")).toMatchObject({ id: finished, status: "completed" });
    const rest = await read({ "last-event-id": all[0]?.id ?? "" });
    expect(rest.map(({ event }) => event)).toEqual(["round", "job"]);
    expect(rest[0]?.id).toBe(all[1]?.id);
  });

  it("shows who is there", async () => {
    const { body } = await coordinator.request("GET", "/v1/workers");
    expect(body.workers).toMatchObject([
      { name: "alice", connected: true, state: "idle", samples: 100, progress: null, tags: [], memory: null },
    ]);
    expect(await coordinator.request("GET", "/ready")).toMatchObject({
      status: 200,
      body: { status: "ready", workers: 1 },
    });
  });

  it("counts for Prometheus", async () => {
    const { body } = await coordinator.request("GET", "/metrics");
    expect(body).toMatch(/^tributary_workers\{state="idle"\} 1$/m);
    expect(body).toMatch(/^tributary_rounds_total\{status="finished"\} \d+$/m);
    expect(body).toMatch(/^tributary_bytes_total\{direction="up",codec="none"\} \d+$/m);
    expect(body).toMatch(/^tributary_phase_seconds_count\{phase="training"\} [1-9]\d*$/m);
    expect(body).toMatch(/^tributary_store_seconds_count\{question="commitStep"\} [1-9]\d*$/m);
    expect(body).toMatch(/^tributary_jobs\{status="running"\} 0$/m);
    expect(body).toMatch(/^tributary_job_round\{job="[a-z0-9]+"\} \d+$/m);
    expect(body).toMatch(/^process_cpu_user_seconds_total /m);
    expect(body).toMatch(/^nodejs_eventloop_lag_seconds /m);
  });

  it("slows down whoever asks too often", async () => {
    const hasty = await LocalCoordinator.start({ limits: { requestsPerMinute: 2 } });
    await hasty.request("GET", "/v1/jobs");
    await hasty.request("GET", "/v1/jobs");
    expect(await hasty.request("GET", "/v1/jobs")).toMatchObject({ status: 429, body: { code: "rate_limited" } });
    await hasty[Symbol.asyncDispose]();
  });
});
