import { rm } from "node:fs/promises";
import { join } from "node:path";
import { resolveModel } from "@tributary/federation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCoordinator } from "../coordinator.js";
import { JobRun } from "../jobs/job-run.js";
import { openPglite } from "../store/open-pglite.js";
import { BulkStore } from "./bulk-store.js";
import { newDataFolder } from "./local-coordinator.js";
import { type LongJob, makeLongJob } from "./long-job.js";

describe("a job whose journal is longer than the way between snapshots", () => {
  let dataDir: string;
  let made: LongJob;
  beforeAll(async () => {
    dataDir = await newDataFolder();
    made = await makeLongJob({ dataDir, rounds: 300, workers: 3 });
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  it("opens as its snapshot and the rest say, and as its whole journal says", async () => {
    const store = new BulkStore(await openPglite(join(dataDir, "db"), () => {}));
    try {
      const record = await store.job(made.job);
      if (record === undefined) throw new Error("there is no job");
      expect(record).toMatchObject({ seq: made.events, round: 301, status: "running", accuracy: 0.5 });
      const read: number[] = [];
      const { journal } = store;
      store.journal = async function* (job, after, page) {
        read.push(after);
        yield* journal.call(store, job, after, page);
      };
      const open = () => JobRun.open(record, resolveModel(record.spec), store, async () => {});
      const bySnapshot = await open();
      await store.forgetSnapshots();
      const byJournal = await open();
      expect(read).toEqual([Math.floor(made.events / 1_000) * 1_000, 0]);
      expect(bySnapshot.state).toEqual(byJournal.state);
      expect(bySnapshot.cohort).toEqual(byJournal.cohort);
      expect(bySnapshot.state.model?.round).toBe(300);
      expect(bySnapshot.state.phase).toMatchObject({ kind: "training", round: 301 });
    } finally {
      await store.close();
    }
  });

  it("is taken up by a coordinator, with every version of its model", async () => {
    const coordinator = await startCoordinator({ dataDir, port: 0, logLevel: "silent" });
    try {
      const headers = { authorization: `Bearer ${coordinator.tokens.admin}` };
      // biome-ignore lint/suspicious/noExplicitAny: whatever the API says
      const ask = async (path: string): Promise<any> => (await fetch(coordinator.url + path, { headers })).json();
      await expect.poll(async () => (await ask("/ready")).runningJob).toBe(made.job);
      const { models } = await ask(`/v1/jobs/${made.job}/models`);
      expect(models).toHaveLength(301);
      for (const round of [0, 300])
        expect((await fetch(`${coordinator.url}/v1/jobs/${made.job}/models/${round}`, { headers })).status).toBe(200);
    } finally {
      await coordinator.close();
    }
  });
});
