import { problemSchema } from "@tributary/federation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, LocalCoordinator } from "../testing/local-coordinator.js";

const LIMIT = 5;
let coordinator: LocalCoordinator;
beforeAll(async () => {
  coordinator = await LocalCoordinator.start({ limits: { requestsPerMinute: LIMIT } });
});
afterAll(() => coordinator[Symbol.asyncDispose]());

const wrong = { authorization: "Bearer guessed" };
const times = async (count: number, ask: () => Promise<Answer>): Promise<Answer[]> => {
  const answers: Answer[] = [];
  for (let asked = 0; asked < count; asked++) answers.push(await ask());
  return answers;
};
const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status);

function expectTooMany({ status, headers, body }: Answer): void {
  expect(status).toBe(429);
  expect(headers.get("content-type")).toBe("application/problem+json");
  expect(problemSchema.parse(body)).toMatchObject({ code: "rate_limited", status: 429 });
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  expect(Number(headers.get("retry-after"))).toBeLessThanOrEqual(60);
  expect(headers.get("ratelimit-remaining")).toBe("0");
}

describe.sequential("the limit of requests of an address in a minute", () => {
  it("counts wrong tokens, so that nobody goes on guessing, and leaves the right one in until then", async () => {
    await coordinator.restart();
    const guesses = await times(LIMIT - 1, () => coordinator.request("GET", "/v1/jobs", undefined, wrong));
    expect(statuses(guesses)).toEqual(Array(LIMIT - 1).fill(401));
    const last = await coordinator.request("GET", "/v1/jobs");
    expect([last.status, last.headers.get("ratelimit-remaining")]).toEqual([200, "0"]);
    expectTooMany(await coordinator.request("GET", "/v1/jobs", undefined, wrong));
    expectTooMany(await coordinator.request("GET", "/v1/jobs"));
  });

  it.each([
    ["with a wrong token", wrong, 401],
    ["with the right one", {}, 404],
  ])("counts unknown paths, %s", async (_, headers, status) => {
    await coordinator.restart();
    const ask = () => coordinator.request("GET", `/nowhere/${Math.random()}`, undefined, headers);
    expect(statuses(await times(LIMIT, ask))).toEqual(Array(LIMIT).fill(status));
    expectTooMany(await ask());
  });

  it("counts each request once", async () => {
    await coordinator.restart();
    const answers = await times(LIMIT, () => coordinator.request("GET", "/v1/jobs"));
    expect(answers.map(({ headers }) => Number(headers.get("ratelimit-remaining")))).toEqual([4, 3, 2, 1, 0]);
  });

  it("lets nobody write into the audit log as the admin beyond it", async () => {
    await coordinator.restart();
    await times(LIMIT, () => coordinator.request("GET", "/health"));
    expectTooMany(await coordinator.request("POST", "/v1/jobs/x/cancel", undefined, wrong));
    await coordinator.restart();
    const { body } = await coordinator.request("GET", "/v1/audit");
    expect(body.entries.map(({ action }: { action: string }) => action)).not.toContain("api.request");
  });
});
