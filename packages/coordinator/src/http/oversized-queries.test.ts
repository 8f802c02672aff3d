import { problemSchema } from "@tributary/federation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";

let coordinator: LocalCoordinator;
let job: string;
beforeAll(async () => {
  coordinator = await LocalCoordinator.start();
  job = await coordinator.submit({ model: "logistic", dataset: "mnist", rounds: 1, cohort: { minimum: 9 } });
});
afterAll(() => coordinator[Symbol.asyncDispose]());

const LISTS = ["/v1/jobs", "/v1/workers", "/v1/audit", "/v1/webhooks", "/v1/jobs/:id/rounds", "/v1/jobs/:id/models"];
const get = (path: string) => coordinator.request("GET", path.replace(":id", job));

/** The answer is a problem that names the part which is wrong, and does not give back what was sent. */
async function expectRefused(path: string, part: string, status = 400, code = "invalid_request"): Promise<void> {
  const answer = await get(path);
  expect([path.slice(0, 40), answer.status]).toEqual([path.slice(0, 40), status]);
  const { detail, ...problem } = problemSchema.parse(answer.body);
  expect(problem).toMatchObject({ status, code });
  expect(detail).toContain(part);
  expect(detail.length).toBeLessThan(500);
}

describe.each(LISTS)("%s", (list) => {
  it("takes a limit of 1,000 and no more", async () => {
    expect((await get(`${list}?limit=1000`)).status).toBe(200);
    await expectRefused(`${list}?limit=1001`, "limit");
    await expectRefused(`${list}?limit=${"9".repeat(8_000)}`, "limit");
  });

  it("reads a cursor of 500 characters, which is none of its own, and no longer one", async () => {
    await expectRefused(`${list}?cursor=${"x".repeat(500)}`, "cursor: none that this list gave");
    await expectRefused(`${list}?cursor=${"x".repeat(501)}`, "cursor");
    await expectRefused(`${list}?cursor=${"x".repeat(8_000)}`, "cursor");
  });

  it("takes each part of a query once", async () => {
    await expectRefused(`${list}?${"limit=1&".repeat(1_000)}`, "limit");
    await expectRefused(`${list}?${"cursor=x&".repeat(1_000)}`, "cursor");
  });

  it("leaves many kB out that it does not know, and refuses more than Node reads", async () => {
    expect((await get(`${list}?unknown=${"x".repeat(12_000)}`)).status).toBe(200);
    await expectRefused(`${list}?unknown=${"x".repeat(20_000)}`, "too long", 431, "headers_too_large");
  });
});

it.each([
  ["/v1/jobs", "name"],
  ["/v1/jobs", "status"],
  ["/v1/workers", "state"],
  ["/v1/audit", "job"],
  ["/v1/audit", "actor"],
  ["/v1/audit", "worker"],
  ["/v1/audit", "since"],
  ["/v1/jobs/:id/rounds", "from"],
  ["/v1/jobs/:id/rounds", "order"],
  ["/v1/jobs/:id/events", "from"],
  ["/v1/jobs/:id/logs", "limit"],
  ["/v1/jobs/:id/series", "points"],
  ["/v1/jobs/:id/series", "names"],
])("%s refuses many kB of %s in a line", (path, part) => expectRefused(`${path}?${part}=${"x".repeat(8_000)}`, part));

it("the series of a job take 20 names and no more, of 64 characters at most", async () => {
  const names = (count: number, length = 64) =>
    Array.from({ length: count }, (_, at) => `${at}`.padStart(length, "w")).join(",");
  expect((await get(`/v1/jobs/:id/series?names=${names(20)}`)).status).toBe(200);
  await expectRefused(`/v1/jobs/:id/series?names=${names(21)}`, "1 to 20 names");
  await expectRefused(`/v1/jobs/:id/series?names=${names(21, 2)}`, "1 to 20 names");
  await expectRefused(`/v1/jobs/:id/series?names=${names(1, 65)}`, "1 to 20 names");
});
