import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { mnist, partition, subset, writeShard } from "@tributary/data";
import { checkJobSpec } from "@tributary/federation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "./support/federation.js";

const WRONG = "wrong-secret-of-this-test-0123456789";

describe("the logs of a federation", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let federation: Awaited<ReturnType<typeof startFederation>>;
  let job: string;
  beforeAll(async () => {
    folder = await temporaryFolder();
    const shard = join(folder.path, "shard");
    const set = await mnist("test");
    const [part = new Int32Array()] = partition(set, { kind: "iid", shards: 20 }, 1);
    await writeShard(shard, "alice", subset(set, part));
    federation = await startFederation(folder.path, {
      env: { TRIBUTARY_BACKEND: "wasm", TRIBUTARY_LOG_LEVEL: "debug" },
    });
    federation.startWorker({ name: "alice", data: shard });
    const stranger = federation.startWorker({ name: "stranger", data: shard, joinToken: WRONG });
    expect((await stranger.exited).exitCode).not.toBe(0);
    // Training diverges, so that the worker has an error to tell of.
    const spec = checkJobSpec({
      ...{ model: "mcmahan-2nn", dataset: "mnist", rounds: 1, evaluation: { every: 0 } },
      ...{ cohort: { minimum: 1, deadlineSeconds: 30, maxAttempts: 1 } },
      training: { batchSize: 10, maxBatches: 20, learningRate: 1_000 },
    });
    ({ id: job } = await federation.client.jobs.create(spec));
    for await (const notice of federation.client.watch(job))
      if (notice.type === "job" && notice.data.status === "paused") break;
    for (const path of ["/v1/jobs", `/v1/jobs?token=${WRONG}`, `/${WRONG}`, "/%"])
      for (const token of [federation.adminToken, federation.joinToken, WRONG])
        await fetch(`${federation.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    await fetch(`${federation.url}/v1/jobs`, {
      method: "POST",
      body: `{"token": "${WRONG}"`,
      headers: { authorization: `Bearer ${federation.adminToken}`, "content-type": "application/json" },
    });
  });
  afterAll(async () => {
    await federation?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  it("show at the coordinator what a worker could not do, with its job and round", async () => {
    const headers = { authorization: `Bearer ${federation.adminToken}` };
    const told = async () => (await fetch(`${federation.url}/v1/jobs/${job}/logs`, { headers })).json();
    const line = { worker: "alice", round: 1, level: "error", code: "update_not_finite" };
    await expect.poll(told).toMatchObject({ lines: [line] });
    const log = await readFile(federation.coordinator.log, "utf8");
    expect(log).toMatch(/"worker":"alice","job":"\w+","round":1,"code":"update_not_finite",.*worker tells of/);
  });

  it("hold no token, right or wrong", async () => {
    await federation.stop();
    const logs = (await readdir(folder.path)).filter((name) => name.endsWith(".log"));
    expect(logs.sort()).toEqual(["alice.log", "coordinator.log", "stranger.log"]);
    for (const name of logs) {
      const text = await readFile(join(folder.path, name), "utf8");
      expect(text.length).toBeGreaterThan(100);
      for (const secret of [federation.adminToken, federation.joinToken, WRONG])
        expect(text, name).not.toContain(secret);
    }
  });
});
