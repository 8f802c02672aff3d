import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JobChange } from "../jobs/live-job.js";
import { Notices } from "../jobs/notices.js";
import { EventReader, type ReadEvent } from "../testing/event-reader.js";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import { JobFeed } from "./job-feed.js";

const spec = { model: "logistic", dataset: "mnist", rounds: 3, cohort: { minimum: 1 }, evaluation: { every: 0 } };
const isOver = ({ event, data }: ReadEvent) => event === "job" && data.status === "completed";

describe("the stream of a job", () => {
  let coordinator: LocalCoordinator;
  beforeEach(async () => {
    coordinator = await LocalCoordinator.start();
  });
  afterEach(() => coordinator[Symbol.asyncDispose]());

  const open = (id: string, query = "", lastId?: string) =>
    EventReader.open(`${coordinator.url}/v1/jobs/${id}/events${query}`, {
      authorization: `Bearer ${coordinator.tokens.admin}`,
      ...(lastId !== undefined && { "last-event-id": lastId }),
    });

  it("tells all rounds from the start, and from now on only the job and what comes", async () => {
    let goOn = () => {};
    const mayEnd = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await coordinator.join("alice", {
      train: async (parameters, round) => {
        if (round === 3) await mayEnd;
        return parameters;
      },
    });
    const id = await coordinator.submit(spec);
    await expect.poll(async () => (await coordinator.job(id)).round, { timeout: 30_000 }).toBe(3);
    using fromStart = await open(id);
    using fromNow = await open(id, "?from=now");
    const [first] = await fromNow.until(({ event }) => event === "job");
    expect(first?.data).toMatchObject({ id, round: 3, status: "running" });
    goOn();
    const numbersIn = (events: ReadEvent[]) =>
      new Set(events.flatMap(({ event, data }) => (event === "round" ? [data.number] : [])));
    const later = await fromNow.until(isOver);
    expect(numbersIn(later)).toEqual(new Set([3]));
    expect(numbersIn(await fromStart.until(isOver))).toEqual(new Set([1, 2, 3]));

    using resumed = await open(id, "?from=now", first?.id);
    expect(numbersIn(await resumed.until(isOver))).toEqual(new Set([3]));
    using ended = await open(id, "?from=now");
    expect((await ended.until(isOver)).map(({ event }) => event)).toEqual(["job"]);
  });

  it("tells of many rounds to many readers the same, each to its end", async () => {
    await coordinator.join("alice");
    const id = await coordinator.submit({ ...spec, rounds: 70 });
    const readers = await Promise.all(Array.from({ length: 10 }, () => open(id)));
    for (const reader of readers) {
      const ended = (await reader.until(isOver, 50_000)).filter(
        ({ event, data }) => event === "round" && data.finishedAt !== null,
      );
      expect(new Set(ended.map(({ data }) => data.number)).size).toBe(70);
      reader[Symbol.dispose]();
    }
  });

  it("refuses another place to begin at", async () => {
    await coordinator.join("alice");
    const id = await coordinator.submit(spec);
    const { status } = await coordinator.request("GET", `/v1/jobs/${id}/events?from=yesterday`);
    expect(status).toBe(400);
  });
});

describe("the feed of a job", () => {
  const change = (seq: number): JobChange => ({
    ...{ seq, status: "running", ended: [], view: () => expect.fail("nobody asked") },
    rounds: new Map([[`${seq}.1`, () => `round ${seq}\n`]]),
    job: () => `job ${seq}\n`,
  });

  it("keeps the last 50 rounds, and tells who missed more to read them elsewhere", () => {
    const notices = new Notices();
    const feed = new JobFeed("j", notices);
    notices.changed("j", change(1));
    const early = feed.seq;
    for (let seq = 2; seq <= 1_000; seq++) notices.changed("j", change(seq));
    expect(feed.isLost(early)).toBe(true);
    expect(feed.since(early)).toBeUndefined();
    const text = feed.since(feed.seenBy(990, 0))?.bytes.toString();
    expect(text).toBe(`${Array.from({ length: 10 }, (_, at) => `round ${991 + at}\n`).join("")}job 1000\n`);
    feed.close();
  });

  it("makes what many are sent once, and of a worker's progress the newest, twice a second", async () => {
    const notices = new Notices();
    const feed = new JobFeed("j", notices);
    const say = (worker: string, done: number) =>
      notices.progressed({
        ...{ job: "j", worker, round: 1, attempt: 1, phase: "train", total: 99, loss: null },
        done,
      });
    for (let done = 1; done <= 99; done++) for (const worker of ["alice", "bob"]) say(worker, done);
    expect(feed.since(0)).toBeUndefined();
    await feed.news(AbortSignal.timeout(5_000));
    const batch = feed.since(0);
    expect(batch?.bytes.toString().match(/"done":99/g)).toHaveLength(2);
    expect(batch?.bytes.toString().match(/event:/g)).toHaveLength(2);
    expect(feed.since(0)).toBe(batch);
    feed.close();
  });
});
