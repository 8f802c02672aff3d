import type { JobView, WorkerView } from "@tributary/federation";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Notices } from "../jobs/notices.js";
import type { WorkersWatcher } from "../sockets/workers.js";
import { EventReader, type ReadEvent } from "../testing/event-reader.js";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import { FederationFeed } from "./federation-feed.js";

const spec = { model: "lenet5", dataset: "mnist", rounds: 2, cohort: { minimum: 1 }, evaluation: { every: 0 } };

const isReady = ({ event }: ReadEvent) => event === "ready";
const isWorker =
  (name: string, state: string) =>
  ({ event, data }: ReadEvent): boolean =>
    event === "worker" && data.name === name && data.state === state;
const isJob =
  (id: string, status: string) =>
  ({ event, data }: ReadEvent): boolean =>
    event === "job" && data.id === id && data.status === status;

describe("the stream of the federation", () => {
  let coordinator: LocalCoordinator;
  beforeEach(async () => {
    coordinator = await LocalCoordinator.start();
  });
  afterEach(() => coordinator[Symbol.asyncDispose]());

  const open = (lastId?: string) =>
    EventReader.open(`${coordinator.url}/v1/events`, {
      authorization: `Bearer ${coordinator.tokens.admin}`,
      ...(lastId !== undefined && { "last-event-id": lastId }),
    });

  it("begins with all that is there, as the lists have it", async () => {
    await coordinator.join("alice");
    const id = await coordinator.submit(spec);
    await coordinator.finished(id);
    await expect
      .poll(async () => (await coordinator.request("GET", "/v1/workers")).body.workers[0])
      .toMatchObject({ state: "idle" });
    using reader = await open();
    const first = await reader.until(isReady);
    expect(first.map(({ event }) => event)).toEqual(["reset", "worker", "job", "audit", "ready"]);
    const { body } = await coordinator.request("GET", "/v1/workers");
    expect(first[1]?.data).toMatchObject({
      name: "alice",
      since: body.workers[0].since,
      state: "idle",
      connected: true,
    });
    expect(first[2]?.data).toEqual(await coordinator.job(id));
    expect(first[3]?.data).toEqual({ seq: (await coordinator.request("GET", "/v1/audit/head")).body.seq });
    expect(first.map(({ id }) => id !== undefined)).toEqual([false, false, false, false, true]);
  });

  it("tells what a worker does, from its coming until it is forgotten", async () => {
    using reader = await open();
    await reader.until(isReady);
    let goOn = () => {};
    const mayEnd = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const alice = await coordinator.join("alice", {
      ...{ tags: ["night", "gpu"], memory: 2 ** 33 },
      onAssignment: async ({ task }, peer) => {
        const place = { job: task?.job ?? "", round: task?.round ?? 0, attempt: task?.attempt ?? 0 };
        const say = (phase: string, done: number) =>
          peer.channel.call("progress", { ...place, phase, done, total: 8, loss: 0.5 });
        await say("download", 1);
        await say("train", 1);
        await say("train", 7);
        await mayEnd;
        await peer.channel.call("failure", { ...place, error: { code: "training_failed", message: "out of coal" } });
      },
    });
    const [joined] = (await reader.until(isWorker("alice", "idle"))).slice(-1);
    expect(joined?.data).toMatchObject({ job: null, round: null, progress: null, lastError: null, connected: true });
    expect(joined?.data).toMatchObject({ tags: ["gpu", "night"], memory: 2 ** 33 });
    const id = await coordinator.submit({ ...spec, cohort: { size: 1 } });
    const training = await reader.until(
      (event) => isWorker("alice", "training")(event) && event.data.progress?.done === 7,
    );
    expect(training.some(isJob(id, "running"))).toBe(true);
    expect(training.at(-1)?.data).toMatchObject({
      ...{ job: id, round: 1 },
      progress: { phase: "train", done: 7, total: 8, loss: 0.5 },
    });
    expect(Date.parse(training.at(-1)?.data.since)).toBeGreaterThanOrEqual(Date.parse(joined?.data.since));
    goOn();
    const failed = await reader.until(({ event, data }) => event === "worker" && data.lastError !== null);
    expect(failed.at(-1)?.data.lastError).toMatchObject({ code: "training_failed", message: "out of coal" });

    await coordinator.request("POST", `/v1/jobs/${id}/cancel`);
    alice.close();
    const gone = await reader.until(isWorker("alice", "offline"));
    expect(gone.at(-1)?.data).toMatchObject({ connected: false, job: null, lastError: { code: "training_failed" } });
    expect(gone.at(-1)?.data).toMatchObject({ tags: null, memory: null });
    expect(await coordinator.request("DELETE", "/v1/workers/alice")).toMatchObject({ status: 200 });
    expect((await reader.until(({ event }) => event === "forgotten")).at(-1)?.data).toEqual({ name: "alice" });
  });

  it("tells when the audit log has new lines, up to the newest", async () => {
    const head = async () => (await coordinator.request("GET", "/v1/audit/head")).body.seq;
    using reader = await open();
    const before = (await reader.until(isReady)).find(({ event }) => event === "audit")?.data.seq;
    await coordinator.submit(spec);
    await coordinator.submit(spec);
    const isNewest = ({ event, data }: ReadEvent) => event === "audit" && data.seq >= before + 2;
    const told = (await reader.until(isNewest)).filter(({ event }) => event === "audit");
    expect(told.at(-1)?.data.seq).toBeLessThanOrEqual(await head());
  });

  it("measures how far away a worker is", async () => {
    using reader = await open();
    await coordinator.join("alice");
    const measured = await reader.until(({ data }) => typeof data.roundTripMs === "number");
    expect(measured.at(-1)?.data.roundTripMs).toBeLessThan(2_000);
  });

  it("goes on after the last event that was seen, with what changed since", async () => {
    await coordinator.join("alice");
    const reader = await open();
    const seen = (await reader.until(isReady)).at(-1)?.id;
    reader[Symbol.dispose]();
    const id = await coordinator.submit(spec);
    await coordinator.finished(id);
    using resumed = await open(seen);
    const missed = await resumed.until(isJob(id, "completed"));
    expect(missed.some(({ event }) => event === "reset")).toBe(false);
    // Each once: the newest.
    expect(missed.filter(({ event }) => event === "job")).toHaveLength(1);
    expect(missed.every(({ id }) => id !== undefined)).toBe(true);
  });

  it.each(["nonsense", "0123456789ab.5", "9".repeat(90)])(
    "begins anew after an id that it never gave: %s",
    async (id) => {
      using reader = await open(id);
      expect((await reader.until(isReady))[0]?.event).toBe("reset");
    },
  );

  it("begins anew for a reader that saw it before it was started again", async () => {
    const reader = await open();
    const seen = (await reader.until(isReady)).at(-1)?.id;
    reader[Symbol.dispose]();
    await coordinator.restart();
    using again = await open(seen);
    expect((await again.until(isReady))[0]?.event).toBe("reset");
  });
});

describe("the feed", () => {
  const notices = () => new Notices();
  const log = { watch: () => {} };
  const workerNamed = (name: string, done: number) => ({ name, progress: { done } }) as unknown as WorkerView;
  const jobOf = (id: string, round: number) => ({ id, round }) as unknown as JobView;

  it("keeps of each worker and job the newest only, however long a reader takes", async () => {
    let watcher: WorkersWatcher | undefined;
    let count = 0;
    const views = {
      watch: (given: WorkersWatcher) => (watcher = given),
      view: (name: string) => workerNamed(name, count),
    };
    const told = notices();
    const feed = new FederationFeed({ ...views, watch: (given) => void views.watch(given) }, told, log);
    for (count = 1; count <= 10_000; count++) {
      watcher?.changed(`w${count % 3}`);
      told.submitted(jobOf(`j${count % 2}`, count));
    }
    const text = feed.since(0)?.bytes.toString() ?? "";
    expect(text.match(/^event: /gm)).toHaveLength(5);
    expect(text).toContain('"round":10000');
  });

  it("tells everything again to who has missed what it does not keep", () => {
    const told = notices();
    const feed = new FederationFeed({ watch: () => {}, view: () => undefined }, told, log);
    const early = feed.idOf(1);
    for (let count = 0; count < 6_000; count++) told.submitted(jobOf(`j${count}`, 1));
    expect(feed.seenBy(early)).toBeUndefined();
    expect(feed.isLost(1)).toBe(true);
    expect(feed.since(1)).toBeUndefined();
    expect(feed.seenBy(feed.idOf(5_999))).toBe(5_999);
  });

  it("keeps of the audit log the newest number only", () => {
    let wrote = (_: number) => {};
    const lines = {
      watch: (watcher: (seq: number) => void) => {
        wrote = watcher;
      },
    };
    const feed = new FederationFeed({ watch: () => {}, view: () => undefined }, notices(), lines);
    for (let seq = 1; seq <= 100; seq++) wrote(seq);
    const text = feed.since(0)?.bytes.toString() ?? "";
    expect(text.match(/^event: /gm)).toHaveLength(1);
    expect(text).toContain('{"seq":100}');
  });

  it("makes what many are sent once", () => {
    const told = notices();
    const feed = new FederationFeed({ watch: () => {}, view: () => undefined }, told, log);
    told.submitted(jobOf("one", 1));
    expect(feed.since(0)?.bytes).toBe(feed.since(0)?.bytes);
  });
});
