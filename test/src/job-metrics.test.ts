import { join } from "node:path";
import { mnist, partition, subset, writeShard } from "@tributary/data";
import { checkJobSpec, type JobSpec } from "@tributary/federation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "./support/federation.js";
import { ofCoordinator, ofWorker } from "./support/scrape.js";
import { seriesIn } from "./support/series.js";

const BASE = { model: "mcmahan-2nn", dataset: "mnist", cohort: { minimum: 1 } };

describe("the metrics of a job, at the coordinator and at its workers", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let federation: Awaited<ReturnType<typeof startFederation>>;
  const logs: Record<string, string> = {};
  beforeAll(async () => {
    folder = await temporaryFolder();
    const set = await mnist("test");
    const [train = new Int32Array(), held = new Int32Array()] = partition(set, { kind: "iid", shards: 10 }, 1);
    federation = await startFederation(folder.path);
    for (const [name, part, role] of [["alice", train, "train"] as const, ["judge", held, "evaluate"] as const]) {
      const data = join(folder.path, name);
      await writeShard(data, name, subset(set, part));
      logs[name] = federation.startWorker({ name, data, role, args: ["--metrics-port", "0"] }).log;
    }
  });
  afterAll(async () => {
    await federation?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  const atCoordinator = () => ofCoordinator(federation);
  const atWorker = (name: string) => ofWorker(logs[name] ?? "");
  const start = async (spec: Record<string, unknown>): Promise<string> => {
    const checked: JobSpec = checkJobSpec({ ...BASE, ...spec });
    return (await federation.client.jobs.create(checked)).id;
  };

  it("tell of a job with codecs, evaluation, validation and personal models, the same on both sides", async () => {
    const id = await start({
      ...{ rounds: 2, training: { batchSize: 10, maxBatches: 10 }, personalisation: {} },
      ...{ evaluation: { workers: {} }, codec: { model: "float16", update: "delta | topk(0.1) | int8" } },
    });
    for await (const _ of federation.client.watch(id));
    const last = (await federation.client.jobs.rounds(id)).find(({ number }) => number === 2);
    const [all, alice, judge] = [await atCoordinator(), await atWorker("alice"), await atWorker("judge")];

    expect(last?.evaluation?.accuracy).toBeGreaterThan(0);
    expect(seriesIn(all, `tributary_job_accuracy_ratio{job="${id}"}`)).toBe(last?.evaluation?.accuracy);
    expect(seriesIn(all, `tributary_job_loss{job="${id}"}`)).toBe(last?.evaluation?.loss);
    expect(seriesIn(judge, `tributary_worker_evaluation_accuracy_ratio{job="${id}"}`)).toBe(last?.evaluation?.accuracy);
    expect(seriesIn(judge, `tributary_worker_evaluation_loss{job="${id}"}`)).toBe(last?.evaluation?.loss);
    const trained = last?.updates.find(({ worker }) => worker === "alice");
    expect(seriesIn(alice, `tributary_worker_training_loss{job="${id}"}`)).toBe(trained?.loss);
    expect(seriesIn(alice, `tributary_worker_training_accuracy_ratio{job="${id}"}`)).toBe(trained?.accuracy);
    expect(seriesIn(alice, `tributary_worker_evaluation_loss{job="${id}"}`)).toBeGreaterThan(0);

    expect(seriesIn(all, "tributary_updates_accepted_total")).toBe(2);
    expect(seriesIn(alice, "tributary_worker_updates_accepted_total")).toBe(2);
    expect(seriesIn(judge, "tributary_worker_updates_accepted_total")).toBe(0);

    for (const labels of ['{direction="up",codec="delta|topk|int8"}', '{direction="down",codec="float16"}']) {
      const bytes = [alice, judge].map((text) => seriesIn(text, `tributary_worker_bytes_total${labels}`) || 0);
      expect(seriesIn(all, `tributary_bytes_total${labels}`)).toBe(bytes.reduce((sum, count) => sum + count));
      expect(bytes[0]).toBeGreaterThan(1_000);
    }
    for (const [phase, count] of Object.entries({ train: 2, encode: 2, personalise: 1 })) {
      expect(seriesIn(alice, `tributary_worker_phase_seconds_count{phase="${phase}"}`)).toBe(count);
      expect(seriesIn(alice, `tributary_worker_phase_seconds_sum{phase="${phase}"}`)).toBeGreaterThan(0);
    }
    for (const phase of ["training", "aggregating", "evaluating", "personalising"])
      expect(seriesIn(all, `tributary_phase_seconds_count{phase="${phase}"}`)).toBeGreaterThan(0);
  });

  it("count an update that is refused, by its code", async () => {
    const id = await start({
      ...{ rounds: 1, evaluation: { every: 0 } },
      // One attempt: a second one, called off half-way, might count at one side alone.
      cohort: { minimum: 1, maxAttempts: 1 },
      training: { batchSize: 10, maxBatches: 20, learningRate: 1000 },
    });
    await expect.poll(async () => (await federation.client.jobs.get(id)).status, { timeout: 60_000 }).toBe("paused");
    const label = '{code="update_not_finite"}';
    expect(seriesIn(await atCoordinator(), `tributary_updates_refused_total${label}`)).toBe(1);
    const ofAlice = async () => seriesIn(await atWorker("alice"), `tributary_worker_updates_refused_total${label}`);
    await expect.poll(ofAlice).toBe(1);
    await federation.client.jobs.cancel(id);
    expect(seriesIn(await atCoordinator(), "tributary_updates_accepted_total")).toBe(2);
    expect(seriesIn(await atWorker("alice"), "tributary_worker_updates_accepted_total")).toBe(2);
  });

  it("tell of the assignment that is under way, and that none is any more", async () => {
    const id = await start({ rounds: 1, evaluation: { every: 0 }, training: { batchSize: 10, epochs: 1_000 } });
    const counts = async () => ({
      coordinator: seriesIn(await atCoordinator(), 'tributary_assignments{state="underway"}'),
      waiting: seriesIn(await atCoordinator(), 'tributary_assignments{state="waiting"}'),
      training: seriesIn(await atCoordinator(), 'tributary_workers{state="training"}'),
      alice: seriesIn(await atWorker("alice"), 'tributary_worker_assignments{state="underway"}'),
      judge: seriesIn(await atWorker("judge"), 'tributary_worker_assignments{state="underway"}'),
    });
    await expect
      .poll(counts, { timeout: 60_000 })
      .toEqual({ coordinator: 1, waiting: 0, training: 1, alice: 1, judge: 0 });
    await federation.client.jobs.cancel(id);
    await expect
      .poll(counts, { timeout: 60_000 })
      .toEqual({ coordinator: 0, waiting: 0, training: 0, alice: 0, judge: 0 });
  });
});
