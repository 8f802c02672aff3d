import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { mnist, partition, subset, writeShard } from "@tributary/data";
import { checkJobSpec } from "@tributary/federation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "./support/federation.js";
import { metricsUrl } from "./support/metrics-url.js";
import { seriesIn } from "./support/series.js";

describe("the metrics of a worker", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let federation: Awaited<ReturnType<typeof startFederation>>;
  let url: string;
  const shard = () => join(folder.path, "shard");
  beforeAll(async () => {
    folder = await temporaryFolder();
    const set = await mnist("test");
    const [part = new Int32Array()] = partition(set, { kind: "iid", shards: 10 }, 1);
    await writeShard(shard(), "alice", subset(set, part));
    federation = await startFederation(folder.path);
    const alice = federation.startWorker({ name: "alice", data: shard(), args: ["--metrics-port", "0"] });
    const { id } = await federation.client.jobs.create(
      checkJobSpec({
        ...{ model: "mcmahan-2nn", dataset: "mnist", rounds: 2, evaluation: { every: 0 } },
        ...{ cohort: { minimum: 1 }, training: { batchSize: 10, maxBatches: 20 } },
      }),
    );
    for await (const _ of federation.client.watch(id));
    url = await metricsUrl(alice.log);
  });
  afterAll(async () => {
    await federation?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  it("tell what it did, on the loopback interface", async () => {
    expect(new URL(url).hostname).toBe("127.0.0.1");
    const response = await fetch(url);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain/);
    const text = await response.text();
    expect(seriesIn(text, "tributary_worker_connected")).toBe(1);
    expect(seriesIn(text, "tributary_worker_last_round")).toBe(2);
    expect(seriesIn(text, "tributary_worker_batches_total")).toBe(40);
    expect(seriesIn(text, "tributary_worker_samples_total")).toBe(400);
    expect(seriesIn(text, "tributary_worker_samples_per_second")).toBeGreaterThan(0);
    expect(seriesIn(text, "tributary_worker_reconnections_total")).toBe(0);
    for (const phase of ["download", "train", "encode", "upload"])
      expect(seriesIn(text, `tributary_worker_phase_seconds_count{phase="${phase}"}`)).toBe(2);
    const down = seriesIn(text, 'tributary_worker_bytes_total{direction="down",codec="none"}');
    expect(down).toBeGreaterThan(1_000_000);
    expect(seriesIn(text, 'tributary_worker_bytes_total{direction="up",codec="none"}')).toBe(down);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(seriesIn(text, "nodejs_eventloop_lag_seconds")).toBeGreaterThanOrEqual(0);
    const lag = seriesIn(text, "nodejs_eventloop_lag_p99_seconds");
    expect(lag).toBeGreaterThan(0);
    expect(lag).toBeLessThan(5);
  });

  it("are all that its port answers, and only when it is asked for", async () => {
    expect((await fetch(new URL("/", url))).status).toBe(404);
    expect((await fetch(url, { method: "POST" })).status).toBe(405);
    const bob = federation.startWorker({ name: "bob", data: shard() });
    await expect.poll(() => readFile(bob.log, "utf8"), { timeout: 60_000 }).toContain("registered with");
    await expect(metricsUrl(bob.log)).rejects.toThrow("no metrics");
  });

  it("count that the connection was lost and made again", async () => {
    federation.coordinator.kill("SIGKILL");
    await federation.coordinator.exited;
    await using again = await startFederation(folder.path, { port: Number(new URL(federation.url).port) });
    expect(again.url).toBe(federation.url);
    await expect
      .poll(async () => seriesIn(await (await fetch(url)).text(), "tributary_worker_reconnections_total"), {
        timeout: 60_000,
      })
      .toBe(1);
  });

  it("end the worker that may not have their port", async () => {
    const port = new URL(url).port;
    const carol = federation.startWorker({ name: "carol", data: shard(), args: ["--metrics-port", port] });
    expect((await carol.exited).exitCode).not.toBe(0);
    expect(await readFile(carol.log, "utf8")).toContain(`cannot serve metrics on 127.0.0.1, port ${port}`);
  });
});
