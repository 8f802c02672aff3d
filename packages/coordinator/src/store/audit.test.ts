import { type AuditEntry, AuditVerifier } from "@tributary/federation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";

let coordinator: LocalCoordinator;
let job: string;

beforeAll(async () => {
  coordinator = await LocalCoordinator.start();
  await Promise.all(["a", "b"].map((name) => coordinator.join(name)));
  const cohort = { minimum: 2, quorum: 2 };
  job = await coordinator.submit({ model: "lenet5", dataset: "mnist", rounds: 2, cohort, evaluation: { every: 0 } });
  await coordinator.finished(job);
  await coordinator.request("GET", `/v1/jobs/${job}/models/latest`);
  await coordinator.request("GET", "/v1/jobs", undefined, { authorization: "Bearer wrong-token-wrong-token" });
  await coordinator.restart();
});
afterAll(() => coordinator[Symbol.asyncDispose]());

async function log(query = ""): Promise<AuditEntry[]> {
  return (await coordinator.request("GET", `/v1/audit?limit=1000${query}`)).body.entries;
}

describe("the audit log", () => {
  it("says who joined, was selected, got and sent what, and what was committed of which updates", async () => {
    const entries = await log();
    const actions = entries.map(({ actor, action, round }) => `${actor} ${action}${round === null ? "" : ` ${round}`}`);
    for (const line of [
      ...[
        "coordinator coordinator.started",
        "worker:a worker.joined",
        "admin api.request",
        "coordinator job.started 0",
      ],
      ...["coordinator round.opened 1", "coordinator model.sent 1", "worker:a update.accepted 1"],
      ...["coordinator model.committed 1", "coordinator model.committed 2", "coordinator job.ended"],
      ...["stranger api.refused", "coordinator coordinator.stopped", "worker:b worker.left"],
    ])
      expect(actions).toContain(line);
    const committed = entries.find(({ action, round }) => action === "model.committed" && round === 1);
    const [round] = await coordinator.rounds(job);
    expect(committed?.details).toMatchObject({
      digest: round?.model?.digest,
      updates: ["a", "b"].map((worker) => ({
        ...{ worker, samples: 100 },
        digest: round?.updates.find((update) => update.worker === worker)?.digest,
      })),
    });
  });

  it("is a chain that holds, over restarts too, and its head is the newest line", async () => {
    const verifier = new AuditVerifier();
    for (const entry of await log()) expect(verifier.take(entry)).toBeUndefined();
    expect((await coordinator.request("GET", "/v1/audit/head")).body).toEqual(verifier.head);
  });

  it("names the request and who asked, and no token", async () => {
    const [first] = await log("&action=api.request");
    expect(first).toMatchObject({
      actor: "admin",
      details: { method: "POST", path: "/v1/jobs", status: 201, address: "127.0.0.1" },
    });
    expect(JSON.stringify(await log())).not.toContain(coordinator.tokens.admin);
    expect(JSON.stringify(await log())).not.toContain("wrong-token");
  });

  it("is asked for by job, action and actor, page by page", async () => {
    expect((await log(`&job=${job}`)).every((entry) => entry.job === job)).toBe(true);
    expect((await log("&actor=worker:a")).every(({ actor }) => actor === "worker:a")).toBe(true);
    const [third] = (await coordinator.request("GET", "/v1/audit?after=2&limit=1")).body.entries;
    expect(third.seq).toBe(3);
  });

  it("is not filled by a stranger", async () => {
    const before = (await log("&action=api.refused")).length;
    for (let time = 0; time < 100; time++)
      await coordinator.request("GET", "/v1/jobs", undefined, { authorization: "Bearer wrong-token-wrong-token" });
    expect((await log("&action=api.refused")).length - before).toBeLessThanOrEqual(60);
  });
});
