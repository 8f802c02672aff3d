import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";

const spec = { model: "lenet5", dataset: "mnist", rounds: 3, cohort: { minimum: 1 }, evaluation: { every: 0 } };

let coordinator: LocalCoordinator;
let finished: string;
beforeAll(async () => {
  coordinator = await LocalCoordinator.start();
  for (const name of ["bob", "alice", "charlie"]) await coordinator.join(name);
  finished = await coordinator.submit({ ...spec, name: "first" });
  await coordinator.finished(finished);
  await coordinator.request("POST", `/v1/jobs/${await coordinator.submit({ ...spec, name: "100% Sure_2" })}/cancel`);
});
afterAll(() => coordinator[Symbol.asyncDispose]());

const get = (path: string, headers = {}) => coordinator.request("GET", path, undefined, headers);

describe("lists", () => {
  it.each<[string, string, string]>([
    ["/v1/jobs", "jobs", "id"],
    ["/v1/workers", "workers", "name"],
    ["/v1/jobs/:id/rounds", "rounds", "number"],
    ["/v1/jobs/:id/models", "models", "round"],
    ["/v1/audit", "entries", "seq"],
  ])("%s comes in pages that hold everything once, in the order of the whole", async (route, name, key) => {
    const path = route.replace(":id", finished);
    const until = new Date().toISOString();
    const window = route === "/v1/audit" ? `&until=${until}` : "";
    const whole = (await get(`${path}?limit=1000${window}`)).body;
    expect(whole.next).toBeNull();
    const paged: unknown[] = [];
    let pages = 0;
    for (let cursor = ""; ; pages++) {
      const { status, body } = await get(`${path}?limit=1${cursor}${window}`);
      expect([status, body[name].length]).toEqual([200, 1]);
      paged.push(body[name][0][key]);
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
    }
    expect(pages).toBeGreaterThan(0);
    expect(paged).toEqual(whole[name].map((entry: Record<string, unknown>) => entry[key]));
  });

  it.each<[string, (ids: unknown[]) => void]>([
    ["/v1/jobs?status=completed", (ids) => expect(ids).toEqual(["first"])],
    ["/v1/jobs?status=failed", (ids) => expect(ids).toEqual([])],
    ["/v1/jobs?name=FIR", (ids) => expect(ids).toEqual(["first"])],
    ["/v1/jobs?name=%25%20sure_", (ids) => expect(ids).toEqual(["100% Sure_2"])],
    ["/v1/jobs?name=_irst", (ids) => expect(ids).toEqual([])],
    ["/v1/workers?state=idle", (ids) => expect(ids).toEqual(["alice", "bob", "charlie"])],
    ["/v1/workers?state=offline", (ids) => expect(ids).toEqual([])],
    ["/v1/jobs/:id/rounds?status=finished", (ids) => expect(ids).toEqual([1, 2, 3])],
    ["/v1/jobs/:id/rounds?through=2", (ids) => expect(ids).toEqual([1, 2])],
    ["/v1/jobs/:id/rounds?through=2&order=newest&limit=1", (ids) => expect(ids).toEqual([2])],
    ["/v1/jobs/:id/rounds?evaluated=true", (ids) => expect(ids).toEqual([])],
    ["/v1/jobs/:id/rounds?evaluated=false", (ids) => expect(ids).toEqual([1, 2, 3])],
    ["/v1/jobs/:id/rounds?status=abandoned", (ids) => expect(ids).toEqual([])],
    ["/v1/audit?worker=alice&action=worker.joined", (ids) => expect(ids).toHaveLength(1)],
    ["/v1/audit?since=2100-01-01T00:00:00Z", (ids) => expect(ids).toEqual([])],
    ["/v1/audit?until=2000-01-01T00:00:00Z", (ids) => expect(ids).toEqual([])],
    ["/v1/audit?since=2000-01-01T00:00:00%2B02:00&limit=2", (ids) => expect(ids).toEqual([1, 2])],
  ])("%s shows those, and no others", async (path, check) => {
    const { status, body } = await get(path.replace(":id", finished));
    expect(status).toBe(200);
    const [list] = Object.values(body).filter(Array.isArray);
    check((list ?? []).map(({ name, number, seq }: Record<string, unknown>) => name ?? number ?? seq));
  });

  it.each([
    "x",
    "W10",
    Buffer.from('["workers",["a"]]').toString("base64url"),
    Buffer.from('["jobs",["a"]]').toString("base64url"),
  ])("refuses a cursor that it did not give: %s", async (cursor) => {
    expect(await get(`/v1/jobs?cursor=${cursor}`)).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  });
});

describe("an ETag", () => {
  it.each([
    "/v1/jobs",
    "/v1/jobs/:id",
    "/v1/jobs/:id/rounds",
    "/v1/jobs/:id/models/latest",
    "/v1/audit/head?",
    "/docs/json",
  ])("of %s is answered with 304 while nothing changed", async (route) => {
    const path = route.replace(":id", finished);
    const { headers } = await get(path);
    const etag = headers.get("etag") ?? "";
    expect(etag).not.toBe("");
    for (const given of [etag, `"x", ${etag}`, "*", etag.replace(/^W\//, "")]) {
      const again = await get(path, { "if-none-match": given });
      expect([again.status, again.body, again.headers.get("etag")]).toEqual([304, "", etag]);
    }
    expect((await get(path, { "if-none-match": '"x"' })).status).toBe(200);
  });

  it("changes when its job does", async () => {
    const id = await coordinator.submit({ ...spec, cohort: { minimum: 4 } });
    const { headers } = await get(`/v1/jobs/${id}`);
    await coordinator.request("POST", `/v1/jobs/${id}/cancel`);
    expect(await get(`/v1/jobs/${id}`, { "if-none-match": headers.get("etag") ?? "" })).toMatchObject({ status: 200 });
  });

  it("is of no error", async () => {
    expect((await get("/v1/jobs/nobody", { "if-none-match": "*" })).status).toBe(404);
  });
});

describe("an Idempotency-Key", () => {
  const create = (key: string, body: unknown) =>
    coordinator.request("POST", "/v1/jobs", body, { "idempotency-key": key });

  it("gives the same job again, at once, later, and after the coordinator was started again", async () => {
    const both = await Promise.all([create("k-1", spec), create("k-1", spec)]);
    expect(both.map(({ status }) => status)).toEqual([201, 201]);
    const id = both[0]?.body.id;
    expect(both[1]?.body.id).toBe(id);
    await coordinator.restart();
    const later = await create("k-1", spec);
    expect([later.status, later.body.id, later.headers.get("location")]).toEqual([201, id, `/v1/jobs/${id}`]);
    expect((await create("k-2", spec)).body.id).not.toBe(id);
  });

  it("is refused with another request", async () => {
    await create("k-3", spec);
    expect(await create("k-3", { ...spec, rounds: 4 })).toMatchObject({
      status: 422,
      body: { code: "idempotency_key_reused" },
    });
  });

  it("is free after a request that was refused", async () => {
    expect(await create("k-4", { ...spec, rounds: 0 })).toMatchObject({ status: 422 });
    expect(await create("k-4", spec)).toMatchObject({ status: 201 });
  });

  it.each(["x".repeat(201), "a b"])("is 1 to 200 characters without spaces: %s", async (key) => {
    expect(await create(key, spec)).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  });
});

it("says how many requests are left", async () => {
  const { headers } = await get("/v1/jobs");
  expect(Number(headers.get("ratelimit-limit"))).toBe(6_000);
  expect(Number(headers.get("ratelimit-remaining"))).toBeLessThan(6_000);
  expect(Number(headers.get("ratelimit-reset"))).toBeLessThanOrEqual(60);
});
