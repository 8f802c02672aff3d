import type { JobLogLine, JobNotice } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import { followLogs, linesAfter } from "./logs.js";
import type { WatchOptions } from "./watch.js";

const line = (round: number): JobLogLine => ({
  ...{ at: "2026-01-01T00:00:00Z", worker: "alice", level: "warn", code: "timed_out", message: "late", omitted: 0 },
  round,
});
const lines = (...rounds: readonly number[]) => rounds.map(line);

describe("what is new in a log", () => {
  it.each<[string, number[], number[], number[]]>([
    ["everything at first", [], [1, 2], [1, 2]],
    ["nothing when nothing came", [1, 2], [1, 2], []],
    ["what came", [1, 2], [1, 2, 3], [3]],
    ["what came while the oldest were forgotten", [1, 2, 3], [2, 3, 4, 5], [4, 5]],
    ["everything when no line is left", [1, 2], [5, 6], [5, 6]],
    ["everything of a log that began anew", [1, 2], [7], [7]],
    ["nothing when it began anew and is empty", [1, 2], [], []],
    ["a line that is told again", [1, 1], [1, 1, 1], [1]],
  ])("is %s", (_, earlier, later, expected) => {
    expect(linesAfter(lines(...earlier), lines(...later))).toEqual(lines(...expected));
  });
});

const job = (status: string) => ({ type: "job", data: { status } }) as unknown as JobNotice;
const told = (round: number): JobNotice => ({ type: "log", data: line(round) });
const progress = { type: "progress", data: {} } as unknown as JobNotice;
const gone = new TributaryError("coordinator_unreachable", "nobody answers");

/** What happens in turn: the log has these lines, or does not answer once; a connection begins or is lost; the stream has a notice. */
type Step = readonly number[] | "connected" | TributaryError | JobNotice;

/** A log and its stream, and how often the log was asked. */
function source(...steps: readonly Step[]) {
  let now: readonly number[] = [];
  const failures: TributaryError[] = [];
  const asked = { times: 0 };
  const of = {
    lines: async () => {
      asked.times += 1;
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return lines(...now);
    },
    async *notices({ onConnection }: WatchOptions) {
      for (const step of steps) {
        if (step === "connected") onConnection?.(undefined);
        else if (step instanceof TributaryError) onConnection?.(step);
        else if ("type" in step) yield step;
        else now = step;
      }
    },
  };
  return { of, asked, failures };
}

async function roundsOf(following: AsyncIterable<JobLogLine>): Promise<number[]> {
  const rounds: number[] = [];
  for await (const { round } of following) rounds.push(round);
  return rounds;
}

describe("following a log", () => {
  it("gives what was told before and each line that comes, once, and asks only when there is one", async () => {
    const { of, asked } = source(
      ...["connected" as const, [1], job("running"), progress, job("running")],
      ...[[1, 2, 3], told(2), told(3), progress, [1, 2, 3, 4], job("completed")],
    );
    expect(await roundsOf(followLogs(of))).toEqual([1, 2, 3, 4]);
    expect(asked.times).toBe(3);
  });

  it("gives what was told during an absence of the coordinator, and all of a log that began anew", async () => {
    const { of } = source(
      ...["connected" as const, [1], job("running"), gone, "connected" as const, [1, 2], job("running")],
      ...[gone, "connected" as const, [5], job("running"), [5, 6], told(6), job("completed")],
    );
    const connection: (string | undefined)[] = [];
    const options = { onConnection: (lost: TributaryError | undefined) => connection.push(lost?.code) };
    expect(await roundsOf(followLogs(of, options))).toEqual([1, 2, 5, 6]);
    expect(connection).toEqual([undefined, gone.code, undefined, gone.code, undefined]);
  });

  it("asks again what is not answered, also at the end", async () => {
    const { of, failures } = source("connected", [1], job("completed"));
    failures.push(gone);
    expect(await roundsOf(followLogs(of))).toEqual([1]);
  });

  it.each<[string, TributaryError, number | undefined]>([
    ["what is refused", new TributaryError("not_found", "there is no job x"), undefined],
    ["a coordinator that stays away", gone, 0],
  ])("does not wait for %s", async (_, error, patienceMs) => {
    const { of, failures } = source("connected", [1], job("running"));
    failures.push(error, error);
    const following = followLogs(of, patienceMs === undefined ? {} : { patienceMs }).next();
    await expect(following).rejects.toBe(error);
  });

  it("ends at once when it is called off while it waits to ask again", async () => {
    const controller = new AbortController();
    const { of, failures } = source("connected", [1], job("running"));
    failures.push(gone);
    const next = followLogs(of, { signal: controller.signal }).next();
    setTimeout(() => controller.abort(), 50);
    await expect(next).rejects.toEqual(expect.objectContaining({ code: "aborted" }));
  });
});
