import { checkJobSpec, initialState, type JobEvent, takeSnapshot } from "@tributary/federation";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { JobProgress, RoundRecord, Step, WorkerRecord } from "./records.js";
import type { Store } from "./store.js";
import { modelView, roundViews } from "./views.js";

const at = new Date("2026-01-02T03:04:05.678Z");
const spec = checkJobSpec({ model: "lenet5", dataset: "mnist" });
const model = { round: 0, digest: "ab".repeat(32), size: 8 };
const progress: JobProgress = {
  ...{
    status: "running",
    phase: "training",
    reason: null,
    settings: null,
    waitingFor: null,
    round: 1,
    accuracy: null,
    bestAccuracy: null,
  },
  ...{ startedAt: at, finishedAt: null },
};

const roundOf = (job: string, changes: Partial<RoundRecord> = {}): RoundRecord => ({
  ...{ job, number: 1, attempt: 1, status: "training", cohort: ["alice", "bob"], startedAt: at, finishedAt: null },
  ...{ trainingMs: null, aggregationMs: null, evaluationMs: null, bytesDown: 0, bytesUp: 0, seq: 1 },
  ...changes,
});

const stepOf = (job: string, seq: number, event: JobEvent, changes: Partial<Step> = {}): Step => ({
  ...{
    job,
    seq,
    at,
    event,
    progress,
    rounds: [],
    metric: undefined,
    model: undefined,
    score: undefined,
    facts: [],
    snapshot: undefined,
  },
  ...changes,
});

/** A database for the tests: opened, closed and opened again. */
export interface StoreUnderTest {
  open(): Promise<Store>;
}

/** What every store promises. */
export function keepsTheStoresPromises(prepare: () => Promise<StoreUnderTest>): void {
  let place: StoreUnderTest;
  let store: Store;
  let ids = 0;
  const newJob = async () =>
    (await store.addJob({ id: `job-${++ids}`, name: "first", spec, parameters: 7, submittedAt: at })).id;

  const journalOf = async (id: string): Promise<JobEvent[]> => {
    const events: JobEvent[] = [];
    for await (const event of store.journal(id, 0)) events.push(event);
    return events;
  };

  beforeAll(async () => {
    place = await prepare();
    store = await place.open();
  });
  afterAll(() => store.close());

  it("keeps a submitted job as it came, queued", async () => {
    const id = await newJob();
    expect(await store.job(id)).toMatchObject({ id, name: "first", spec, status: "queued", seq: 0, submittedAt: at });
    expect(await store.job("nobody")).toBeUndefined();
  });

  it("lists the newest jobs first, and the unfinished ones in the order of submission", async () => {
    const [a, b] = [await newJob(), await newJob()];
    expect((await store.jobs({ limit: 2 })).map(({ id }) => id)).toEqual([b, a]);
    await store.commitStep(
      stepOf(a, 1, { type: "CancelRequested" }, { progress: { ...progress, status: "cancelled" } }),
    );
    const unfinished = (await store.unfinishedJobs()).map(({ id }) => id);
    expect(unfinished).not.toContain(a);
    expect(unfinished.at(-1)).toBe(b);
  });

  it("gives the journal back in its order", async () => {
    const id = await newJob();
    const events: JobEvent[] = [
      { type: "JobStarted", model },
      { type: "WorkerLeft", name: "alice" },
    ];
    for (const [index, event] of events.entries()) await store.commitStep(stepOf(id, index + 1, event));
    expect(await journalOf(id)).toEqual(events);
  });

  it("gives a long journal back in pages, from any event on, and knows its numbers", async () => {
    const id = await newJob();
    const many = 25;
    for (let seq = 1; seq <= many; seq++)
      await store.commitStep(stepOf(id, seq, { type: "WorkerLeft", name: `${seq}` }));
    const paged: JobEvent[] = [];
    for await (const event of store.journal(id, 0, 10)) paged.push(event);
    const names = paged.map((event) => (event.type === "WorkerLeft" ? event.name : ""));
    expect(names).toEqual(Array.from({ length: many }, (_, index) => String(index + 1)));
    const rest: JobEvent[] = [];
    for await (const event of store.journal(id, many - 2, 2)) rest.push(event);
    expect(rest).toHaveLength(2);
    expect(await store.hasEvent(id, many)).toBe(true);
    expect(await store.hasEvent(id, many + 1)).toBe(false);
    expect(await store.hasEvent("nobody", 1)).toBe(false);
  });

  it("keeps the newest snapshot with its step, and gives none of another format", async () => {
    const id = await newJob();
    const taken = takeSnapshot({ state: initialState(spec), cohort: [{ worker: "alice", samples: 4 }] });
    expect(await store.snapshot(id, "a")).toBeUndefined();
    for (const seq of [1, 2])
      await store.commitStep(
        stepOf(id, seq, { type: "CancelRequested" }, { snapshot: { job: id, seq, format: "a", snapshot: taken } }),
      );
    const kept = await store.snapshot(id, "a");
    expect(kept?.seq).toBe(2);
    expect(kept?.snapshot).toEqual(JSON.parse(JSON.stringify(taken)));
    expect(await store.snapshot(id, "b")).toBeUndefined();
    // A step that fails leaves the snapshot as it was.
    const again = stepOf(
      id,
      2,
      { type: "CancelRequested" },
      { snapshot: { job: id, seq: 9, format: "b", snapshot: taken } },
    );
    await expect(store.commitStep(again)).rejects.toMatchObject({ code: "store_failed" });
    expect((await store.snapshot(id, "a"))?.seq).toBe(2);
  });

  it("writes events of many jobs at once", async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, newJob));
    await Promise.all(ids.map((id) => store.commitStep(stepOf(id, 1, { type: "JobStarted", model }, { model }))));
    const latest = await store.models.latest(ids);
    expect([...latest.keys()].sort()).toEqual([...ids].sort());
    const open = (await store.openJobs()).map(({ id }) => id);
    expect(open).toEqual(expect.arrayContaining(ids));
    expect(await store.openJobIds()).toEqual(open);
  });

  it("writes a step whole or not at all", async () => {
    const id = await newJob();
    await store.commitStep(stepOf(id, 1, { type: "JobStarted", model }, { model }));
    const again = stepOf(
      id,
      1,
      { type: "CancelRequested" },
      { progress: { ...progress, round: 9 }, rounds: [roundOf(id)] },
    );
    await expect(store.commitStep(again)).rejects.toMatchObject({ code: "store_failed" });
    expect(await store.job(id)).toMatchObject({ round: 1, seq: 1 });
    expect(await store.rounds.of(id, { limit: 10 })).toEqual([]);
  });

  it("replaces an attempt at a round by its later state, and finds what changed after an event", async () => {
    const id = await newJob();
    const opened = [roundOf(id), roundOf(id, { number: 2, seq: 2 })];
    await store.commitStep(stepOf(id, 1, { type: "JobStarted", model }, { rounds: opened }));
    const closed = roundOf(id, { status: "finished", finishedAt: at, seq: 3, bytesUp: 2 ** 40 });
    await store.commitStep(stepOf(id, 2, { type: "CancelRequested" }, { rounds: [closed] }));
    expect((await store.rounds.of(id, { limit: 10 })).map(({ number, status }) => [number, status])).toEqual([
      [1, "finished"],
      [2, "training"],
    ]);
    expect((await store.rounds.of(id, { after: 1, limit: 10 })).map(({ seq }) => seq)).toEqual([2, 3]);
    expect((await store.rounds.of(id, { from: 2, limit: 10 })).map(({ number }) => number)).toEqual([2]);
    expect(await store.rounds.of(id, { limit: 1 })).toHaveLength(1);
    expect(await store.rounds.latest(id)).toMatchObject({ number: 2 });
  });

  it("keeps every version of a model, and knows their digests", async () => {
    const id = await newJob();
    const next = { round: 1, digest: "cd".repeat(32), size: 8 };
    await store.commitStep(stepOf(id, 1, { type: "JobStarted", model }, { model }));
    await store.commitStep(stepOf(id, 2, { type: "Committed", model: next }, { model: next }));
    expect((await store.models.of(id)).map(({ digest }) => digest)).toEqual([model.digest, next.digest]);
    expect((await store.models.latest([id, "nobody"])).get(id)).toMatchObject({ ...next, sentSize: null });
    expect(await store.models.strangersAmong([next.digest, "ef".repeat(32)])).toEqual(["ef".repeat(32)]);
    expect(await store.models.strangersAmong([next.digest, "ef".repeat(32), model.digest])).toEqual(["ef".repeat(32)]);
    expect(await store.models.strangersAmong([])).toEqual([]);
    const many = Array.from({ length: 10_001 }, (_, index) => index.toString(16).padStart(64, "0"));
    expect((await store.models.strangersAmong([...many, next.digest])).sort()).toEqual(many);
  });

  it("shows what a version of a model travels as, which is as it is where there is no codec for it", async () => {
    const id = await newJob();
    const next = { round: 1, digest: "cd".repeat(32), size: 8, packed: { digest: "ef".repeat(32), size: 5 } };
    await store.commitStep(stepOf(id, 1, { type: "JobStarted", model }, { model }));
    await store.commitStep(stepOf(id, 2, { type: "Committed", model: next }, { model: next }));
    expect((await store.models.of(id)).map(modelView)).toMatchObject([
      { round: 0, size: model.size, sentBytes: model.size },
      { round: 1, size: 8, sentBytes: 5 },
    ]);
    expect((await store.models.latest([id])).get(id)).toMatchObject({ size: 8, sentSize: 5 });
  });

  it("shows a round with its updates, refusals and evaluations", async () => {
    const id = await newJob();
    const place = { job: id, round: 1, attempt: 1 };
    const metrics = { loss: 0.5, accuracy: 0.25, batches: 1, samplesSeen: 4, downloadMs: 1, trainMs: 2, uploadMs: 3 };
    const report = { subject: "", evaluator: "judge", samples: 9, loss: 1, accuracy: 0.5, confusion: [1, 0, 0, 1] };
    const none = { samples: null, loss: null, accuracy: null, bestAccuracy: null };
    const rows = [
      { ...none, worker: "alice", samples: 4, outcome: { kind: "update", digest: "aa", size: 8, metrics } },
      { ...none, worker: "bob", outcome: { kind: "refusal", code: "update_not_finite", message: "NaN" } },
      { ...none, worker: "judge", outcome: { kind: "evaluation", report } },
    ] as const;
    for (const [index, row] of rows.entries()) {
      const step = { rounds: [roundOf(id)], metric: { ...place, seq: index + 1, ...row } };
      await store.commitStep(stepOf(id, index + 1, { type: "CancelRequested" }, step));
    }
    const [view] = await roundViews(store, id, await store.rounds.of(id, { limit: 10 }));
    expect(view?.updates).toEqual([{ worker: "alice", digest: "aa", size: 8, sentBytes: 8, samples: 4, ...metrics }]);
    expect(view?.refusals).toEqual([{ worker: "bob", code: "update_not_finite", message: "NaN" }]);
    expect(view?.evaluation).toEqual(report);
    expect(view?.timings.totalMs).toBeNull();
  });

  it("remembers a worker as it last described itself, and when it came first", async () => {
    const worker: WorkerRecord = {
      ...{ name: "alice", role: "train", dataset: "mnist", samples: 4, sampleShape: [1, 28, 28], classes: 10 },
      ...{ backend: "wasm", threads: 1, software: "0.1.0", ops: ["relu"], publicKey: null },
      ...{ firstSeenAt: at, lastSeenAt: at },
    };
    await store.workers.save(worker);
    const later = new Date(at.getTime() + 1_000);
    await store.workers.save({ ...worker, samples: 5, firstSeenAt: later, lastSeenAt: later });
    expect(await store.workers.list()).toEqual([{ ...worker, samples: 5, lastSeenAt: later }]);
    expect(await store.workers.keyOf("alice")).toBeUndefined();
    await store.workers.save({ ...worker, publicKey: "aa" });
    expect(await store.workers.keyOf("alice")).toBe("aa");
  });

  it("forgets a worker, and says what it knew of it", async () => {
    const [alice] = await store.workers.list();
    expect(await store.workers.remove("alice")).toEqual(alice);
    expect(await store.workers.remove("alice")).toBeUndefined();
    expect(await store.workers.list()).toEqual([]);
  });

  it("still has everything after it was closed and opened again", async () => {
    const id = await newJob();
    await store.commitStep(stepOf(id, 1, { type: "JobStarted", model }));
    await store.close();
    store = await place.open();
    expect(await journalOf(id)).toEqual([{ type: "JobStarted", model }]);
  });
}
