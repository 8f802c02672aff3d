import { namedModel } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { Assignments } from "./assignments.js";
import { RelayedLog } from "./observability/relayed-log.js";
import type { EvaluatingWork } from "./work.js";

const log = pino({ level: "silent" });
const relayed = new RelayedLog(log, async () => undefined);
const work = (round: number, subject = ""): EvaluatingWork => ({
  kind: "evaluating",
  job: "job",
  round,
  attempt: 1,
  seed: 1,
  deadlineMs: 1000,
  traceparent: "",
  model: { digest: "0".repeat(64), size: 1 },
  packed: undefined,
  graph: namedModel("lenet5"),
  subject,
  batchSize: 10,
  loss: { name: "nll" },
});
const turns = async (count = 10) => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
};

/** Work that ends when it is told to; the order in which pieces began. */
function hands() {
  const began: string[] = [];
  const ends: (() => void)[] = [];
  const doWork = ({ round, subject }: { round: number; subject?: string }, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      began.push(`${round}${subject}`);
      ends.push(resolve);
      signal.addEventListener("abort", () => reject(new TributaryError("aborted", "called off")));
    });
  return {
    began,
    endFirst: () => ends.shift()?.(),
    assignments: new Assignments((piece, signal) => doWork(piece as EvaluatingWork, signal), log, relayed),
  };
}

describe("assignments", () => {
  it("are done one at a time, in order", async () => {
    const { began, endFirst, assignments } = hands();
    expect(assignments.counts).toEqual({ underway: 0, waiting: 0 });
    for (const piece of [work(1), work(1, "alice"), work(2)]) assignments.add(piece);
    expect(assignments.counts).toEqual({ underway: 1, waiting: 2 });
    expect(began).toEqual(["1"]);
    endFirst();
    await turns();
    expect(began).toEqual(["1", "1alice"]);
    endFirst();
    await turns();
    expect(began).toEqual(["1", "1alice", "2"]);
    endFirst();
  });

  it("of an earlier process go on when they are asked for again, and give way to others", async () => {
    const { began, endFirst, assignments } = hands();
    assignments.restore(work(1));
    assignments.add(work(1));
    assignments.add(work(2));
    expect(began).toEqual(["1"]);
    endFirst();
    await turns();
    expect(began).toEqual(["1", "2"]);
    const other = hands();
    other.assignments.restore(work(1));
    other.assignments.add(work(3));
    await turns();
    expect(other.began).toEqual(["1", "3"]);
  });

  it("that are sent again while they wait or run are not begun again; afterwards they are", async () => {
    const { began, endFirst, assignments } = hands();
    for (const piece of [work(1), work(1), work(2), work(2)]) assignments.add(piece);
    endFirst();
    await turns();
    endFirst();
    await turns();
    expect(began).toEqual(["1", "2"]);
    assignments.add(work(1));
    await turns();
    expect(began).toEqual(["1", "2", "1"]);
    endFirst();
  });

  it("are called off by round and attempt, whether they run or wait", async () => {
    const { began, endFirst, assignments } = hands();
    for (const piece of [work(1), work(1, "alice"), work(2)]) assignments.add(piece);
    assignments.abort({ job: "job", round: 1, attempt: 2 });
    assignments.abort({ job: "other", round: 1, attempt: 1 });
    await turns();
    expect(began).toEqual(["1"]);
    assignments.abort({ job: "job", round: 1, attempt: 1 });
    await turns();
    expect(began).toEqual(["1", "2"]);
    endFirst();
  });

  it("go on after one that failed", async () => {
    const began: number[] = [];
    const assignments = new Assignments(
      async ({ round }) => {
        began.push(round);
        if (round === 1) throw new Error("a fault");
      },
      log,
      relayed,
    );
    for (const piece of [work(1), work(2)]) assignments.add(piece);
    await turns();
    expect(began).toEqual([1, 2]);
  });

  it("stop altogether", async () => {
    const { began, assignments } = hands();
    for (const piece of [work(1), work(2)]) assignments.add(piece);
    await assignments.stop();
    expect(began).toEqual(["1"]);
  });

  it("are refused when absurdly many wait", () => {
    const { assignments } = hands();
    for (let round = 0; round < 1_000; round++) assignments.add(work(round));
    expect(() => assignments.add(work(1_000))).toThrow(expect.objectContaining({ code: "rate_limited" }));
  });
});
