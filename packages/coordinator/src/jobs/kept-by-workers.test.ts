import type { JobSpecInput } from "@tributary/federation";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";

const spec = (changes: object = {}): JobSpecInput => ({
  ...{ model: "logistic", dataset: "mnist", rounds: 1, strategy: { kind: "feddyn" } },
  ...{ cohort: { minimum: 1 }, evaluation: { every: 0 } },
  ...changes,
});

const patience = { timeout: 20_000 };

let coordinator: LocalCoordinator;
beforeEach(async () => {
  coordinator = await LocalCoordinator.start();
});
afterEach(() => coordinator[Symbol.asyncDispose]());

/** What a worker is told of when it registers. */
async function unfinished(name: string): Promise<string[] | undefined> {
  const peer = await coordinator.join(name);
  await peer.channel.call("leave", {});
  const { unfinished } = await peer.register();
  peer.close();
  return unfinished?.jobs ?? undefined;
}

const pause = async (id: string) =>
  expect((await coordinator.request("POST", `/v1/jobs/${id}/pause`)).status).toBe(200);

describe("what workers keep for a job", () => {
  it("stays theirs while the job has not ended: they hear which have not when they register", async () => {
    const paused = await coordinator.submit(spec({ rounds: 1_000 }));
    const worker = await coordinator.join("bela");
    await expect.poll(async () => (await coordinator.job(paused)).round, patience).toBeGreaterThan(1);
    await pause(paused);
    const over = await coordinator.submit(spec());
    await coordinator.finished(over);
    expect(await unfinished("ada")).toEqual([paused]);
    await coordinator.restart();
    expect(await unfinished("carl")).toEqual([paused]);
    await coordinator.request("POST", `/v1/jobs/${paused}/cancel`);
    expect(await unfinished("dora")).toEqual([]);
    worker.close();
  });

  it("is of no use when the job ends, which those that are there hear at once", async () => {
    const worker = await coordinator.join("ada");
    const told = () => worker.aborts.filter(({ jobOver }) => jobOver).map(({ job }) => job);
    const completed = await coordinator.submit(spec());
    await coordinator.finished(completed);
    await expect.poll(told, patience).toEqual([completed]);
    const cancelled = await coordinator.submit(spec({ rounds: 1_000 }));
    await expect.poll(async () => (await coordinator.job(cancelled)).round, patience).toBeGreaterThan(1);
    await pause(cancelled);
    expect(told()).toEqual([completed]);
    await coordinator.request("POST", `/v1/jobs/${cancelled}/cancel`);
    await expect.poll(told, patience).toEqual([completed, cancelled]);
    await coordinator.finished(await coordinator.submit(spec({ strategy: { kind: "fedavg" } })));
    expect(told()).toEqual([completed, cancelled]);
  });
});
