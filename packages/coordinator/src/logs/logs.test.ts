import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EventReader } from "../testing/event-reader.js";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import type { Peer } from "../testing/peer.js";
import { JobLogs } from "./job-logs.js";

const line = { at: new Date(0).toISOString(), worker: "alice", round: 1, level: "warn", code: "internal" } as const;

describe("the lines that are kept of jobs", () => {
  it("are the newest 200 of each, of the 50 jobs that were told of last", () => {
    const logs = new JobLogs();
    for (let count = 0; count < 300; count++) logs.add("a", { ...line, message: `${count}`, omitted: 0 });
    expect(logs.of("a", 1_000)).toHaveLength(200);
    expect(logs.of("a", 2).map(({ message }) => message)).toEqual(["298", "299"]);
    for (let count = 0; count < 50; count++) logs.add(`${count}`, { ...line, message: "", omitted: 0 });
    expect(logs.of("a", 1)).toEqual([]);
    expect(logs.of("0", 1)).toHaveLength(1);
  });
});

describe("what a worker tells of trouble", () => {
  let coordinator: LocalCoordinator;
  let peer: Peer;
  let job: string;
  beforeAll(async () => {
    coordinator = await LocalCoordinator.start();
    peer = await coordinator.join("alice");
    job = await coordinator.submit({
      ...{ model: "mcmahan-2nn", dataset: "mnist", rounds: 1, cohort: { minimum: 1 }, evaluation: { every: 0 } },
    });
    await coordinator.finished(job);
  });
  afterAll(() => coordinator[Symbol.asyncDispose]());

  it("is shown with its job, worker and round, as one printable line", async () => {
    const message = `bad\n\u001b[31m line ${"x".repeat(1_000)}`;
    await peer.channel.call("log", { level: "error", code: "training_failed", message, job, round: 1, omitted: 2 });
    await peer.channel.call("log", { level: "fatal", code: "of_my_own", message: "b", job, round: 1 });
    await peer.channel.call("log", { level: "warn", code: "internal", message: "of another job", job: "other" });
    const { body } = await coordinator.request("GET", `/v1/jobs/${job}/logs`);
    expect(body.lines).toMatchObject([
      { worker: "alice", round: 1, level: "error", code: "training_failed", omitted: 2 },
      { worker: "alice", round: 1, level: "warn", code: "internal", message: "b", omitted: 0 },
    ]);
    expect(body.lines[0].message).toMatch(/^bad \[31m line x+$/);
    expect(body.lines[0].message.length).toBeLessThanOrEqual(300);
    const ask = (query: string) => coordinator.request("GET", `/v1/jobs/${job}/logs?${query}`);
    expect((await ask("limit=1")).body.lines).toHaveLength(1);
    expect((await ask("level=error&limit=1")).body.lines).toMatchObject([{ level: "error", code: "training_failed" }]);
    expect((await ask("level=warn")).body.lines).toMatchObject([{ level: "warn", code: "internal" }]);
    expect(await ask("level=info")).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  });

  it("is told of to who watches the job, the newest line", async () => {
    const id = await coordinator.submit({ model: "logistic", dataset: "mnist", rounds: 1, cohort: { minimum: 2 } });
    await expect.poll(async () => (await coordinator.job(id)).status, { timeout: 20_000 }).toBe("running");
    using reader = await EventReader.open(`${coordinator.url}/v1/jobs/${id}/events?from=now`, {
      authorization: `Bearer ${coordinator.tokens.admin}`,
    });
    await reader.until(({ event }) => event === "job");
    await peer.channel.call("log", { level: "warn", code: "internal", message: "look here", job: id, round: 1 });
    const [told] = (await reader.until(({ event }) => event === "log")).slice(-1);
    expect(told?.data).toMatchObject({ worker: "alice", level: "warn", message: "look here", round: 1 });
    await coordinator.request("POST", `/v1/jobs/${id}/cancel`);
  });

  it("is refused when it is too much, or too long", async () => {
    const call = () => peer.channel.call("log", { level: "warn", code: "internal", message: "again", job });
    const answers = await Promise.allSettled(Array.from({ length: 60 }, call));
    const refused = answers.filter(({ status }) => status === "rejected");
    expect(refused.length).toBeGreaterThan(30);
    for (const answer of refused) expect(answer).toMatchObject({ reason: { code: "rate_limited" } });
    await expect(peer.channel.call("log", { message: "x".repeat(5_000) })).rejects.toMatchObject({
      code: "payload_too_large",
    });
  });

  it("of a job that there is not is not found", async () => {
    expect(await coordinator.request("GET", "/v1/jobs/none/logs")).toMatchObject({ status: 404 });
  });
});
