import type { JobLogLine } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import { followLogs, linesAfter } from "./logs.js";

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

/** A log that answers with one of these after the other. */
function log(...answers: readonly (readonly number[] | TributaryError)[]) {
  let asked = 0;
  return {
    isOver: async () => asked === answers.length - 1,
    lines: async () => {
      const answer = answers[asked++];
      if (answer === undefined || answer instanceof TributaryError) throw answer;
      return lines(...answer);
    },
  };
}

describe("following a log", () => {
  const gone = new TributaryError("coordinator_unreachable", "nobody answers");

  it("gives each line once, also over an absence of the coordinator, and what was told before the end", async () => {
    const told: number[] = [];
    const connection: (string | undefined)[] = [];
    const options = { onConnection: (lost: TributaryError | undefined) => connection.push(lost?.code) };
    for await (const { round } of followLogs(log([1], gone, [1, 2], [1, 2, 3]), options)) told.push(round);
    expect(told).toEqual([1, 2, 3]);
    expect(connection).toEqual([undefined, "coordinator_unreachable", undefined]);
  });

  it.each<[string, TributaryError, number | undefined]>([
    ["what is refused", new TributaryError("not_found", "there is no job x"), undefined],
    ["a coordinator that stays away", gone, 0],
  ])("does not wait for %s", async (_, error, patienceMs) => {
    const following = followLogs(log(error, [1]), patienceMs === undefined ? {} : { patienceMs }).next();
    await expect(following).rejects.toBe(error);
  });

  it("ends at once when it is called off", async () => {
    const controller = new AbortController();
    const source = { isOver: async () => false, lines: async () => [] };
    const next = followLogs(source, { signal: controller.signal }).next();
    setTimeout(() => controller.abort(), 50);
    await expect(next).rejects.toEqual(expect.objectContaining({ code: "aborted" }));
  });
});
