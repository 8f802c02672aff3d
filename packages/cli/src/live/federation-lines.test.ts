import type { FederationNotice } from "@tributary/federation";
import { describe, expect, it } from "vitest";
import { type FederationScreen, federationLines, federationTables } from "./federation-lines.js";
import { FederationState } from "./federation-state.js";
import { textOf, widthOf } from "./line.js";
import { jobView, NOW, workerView } from "./testing/views.js";

const at = "2026-01-01T00:00:30.000Z";
const notices: readonly FederationNotice[] = [
  { type: "reset", data: {} },
  {
    type: "job",
    data: jobView({ id: "bbbb", status: "queued", phase: null, startedAt: null, accuracy: null, bestAccuracy: null }),
  },
  {
    type: "job",
    data: jobView({ id: "aaaa", model: { round: 10, digest: "", size: 1, sentBytes: 1, createdAt: at } }),
  },
  { type: "job", data: jobView({ id: "cccc", status: "completed", phase: null }) },
  { type: "worker", data: workerView({ name: "ada", state: "offline", connected: false, since: at }) },
  {
    type: "worker",
    data: workerView({ name: "bob", roundTripMs: 1.26, lastError: { code: "timed_out", message: "too late", at } }),
  },
  { type: "ready", data: {} },
];

function screen(given: Partial<FederationScreen> = {}): FederationScreen {
  const federation = new FederationState();
  for (const notice of notices) federation.take(notice);
  return { federation, gone: undefined, withJobs: true, above: 0, ...given };
}
const drawn = (given: Partial<FederationScreen>, width: number, height: number) =>
  federationLines(screen(given), { width, height }, NOW).map((line) => textOf(line).trimEnd());

describe("the screen of a federation", () => {
  it("shows the jobs that are not over, and the workers, those that are there first", () => {
    expect(drawn({}, 140, 10)).toEqual([
      "1 of 2 workers connected, 1 of 2 jobs running",
      "",
      "Job   Name         Status             Round  Progress          Accuracy     Passed  Reason",
      "aaaa  night-shift  running, training   4/20  ████████░░░░░░░░   90.00 %  1 min 0 s",
      "bbbb  night-shift  queued              4/20  ░░░░░░░░░░░░░░░░         –          –",
      "",
      "Worker  Role   State             Work  Data set  Samples  Backend     Round trip  Last error",
      "bob     train  idle                    mnist      60,000  native × 2      1.3 ms  timed_out: too late",
      "ada     train  offline for 30 s        mnist      60,000  native × 2           –",
      "q leave  ↑ ↓ scroll",
    ]);
  });

  it("shows workers alone, from where one has scrolled to", () => {
    expect(drawn({ withJobs: false, above: 1 }, 40, 5)).toEqual([
      "1 of 2 workers connected, 1 of 2 jobs r…",
      "",
      "Worker  Role   State             Work",
      "ada     train  offline for 30 s",
      "q leave  ↑ ↓ scroll",
    ]);
    expect(drawn({ withJobs: false, above: 99 }, 40, 5)[3]).toMatch(/^ada/);
  });

  it("says what there is not", () => {
    const federation = new FederationState();
    expect(drawn({ federation }, 80, 10)[0]).toBe("waiting for the coordinator");
    federation.take({ type: "ready", data: {} });
    const text = drawn({ federation }, 80, 10).join("\n");
    expect(text).toMatch(/no job runs or waits/);
    expect(text).toMatch(/no worker has come yet/);
  });

  it("fits on any screen", () => {
    const gone = { since: NOW, reason: "nobody answers" };
    for (let width = 1; width < 150; width += 3)
      for (let height = 1; height < 16; height++) {
        const lines = federationLines(screen({ gone }), { width, height }, NOW);
        expect(lines.length).toBeLessThanOrEqual(height);
        for (const line of lines) expect(widthOf(textOf(line))).toBeLessThanOrEqual(width);
      }
  });

  it("is two tables in full elsewhere", () => {
    const [jobs, workers] = federationTables(screen().federation, NOW);
    expect(jobs).toHaveLength(3);
    expect(workers?.map((line) => textOf(line).slice(0, 3))).toEqual(["Wor", "bob", "ada"]);
  });
});
