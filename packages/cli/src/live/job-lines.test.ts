import { describe, expect, it } from "vitest";
import { jobLines } from "./job-lines.js";
import { JobState } from "./job-state.js";
import { textOf, widthOf } from "./line.js";
import type { Size } from "./size.js";
import { jobView, NOW, roundView, workerView } from "./testing/views.js";

const drawn = (state: JobState, size: Size) => jobLines(state, size, NOW).map((line) => textOf(line).trimEnd());

function running(): JobState {
  const state = new JobState(jobView());
  for (const number of [1, 2, 3]) state.take({ type: "round", data: roundView(number) });
  const none = { trainingMs: null, aggregationMs: null, evaluationMs: null, totalMs: null };
  const startedAt = new Date(NOW - 7_000).toISOString();
  state.take({
    type: "round",
    data: roundView(4, {
      ...{ attempt: 2, status: "training", startedAt, finishedAt: null, timings: none, evaluation: null, updates: [] },
      refusals: [{ worker: "bob", code: "update_not_finite", message: "there is a NaN in fc1.weight" }],
    }),
  });
  const progress = { job: "4h2k9q0wze", round: 4, attempt: 2, phase: "train", done: 12, total: 24, loss: 0.31 };
  state.federation.take({
    type: "worker",
    data: workerView({ name: "ada", state: "training", job: "4h2k9q0wze", round: 4, progress }),
  });
  const since = new Date(NOW - 12_000).toISOString();
  state.federation.take({
    type: "worker",
    data: workerView({ name: "bob", state: "offline", connected: false, since }),
  });
  return state;
}

describe("the screen of a job", () => {
  it("shows how far it is, how good, its rounds, who works and who was refused", () => {
    expect(drawn(running(), { width: 100, height: 22 })).toEqual([
      `night-shift  4h2k9q0wze${" ".repeat(60)}running, training`,
      "Round 4/20 ██████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 15 %  1 min 0 s passed, 34 s left",
      "",
      "Accuracy      ▁▆█  75.00 %, best 75.00 %",
      "Loss          █▂▁  0.3333",
      "",
      "Round  Accuracy    Loss      Duration  Updates       Up     Down  Refused",
      "4 (2)         –       –  training 7 s      0/2  1.0 MiB  2.0 MiB        1",
      "    3   75.00 %  0.3333         2.0 s      2/2  1.0 MiB  2.0 MiB",
      "    2   66.67 %  0.5000         2.0 s      2/2  1.0 MiB  2.0 MiB",
      "    1   50.00 %  1.0000         2.0 s      2/2  1.0 MiB  2.0 MiB",
      "",
      "Worker  State             Work                                         Data set  Backend",
      "ada     training          ████░░░░  50 % train batch 12/24 loss 0.310  mnist     native × 2",
      "bob     offline for 12 s                                               mnist     native × 2",
      "",
      "Refused in round 4: bob, update_not_finite: there is a NaN in fc1.weight",
      "",
      "",
      "",
      "",
      "q leave  p pause  c cancel",
    ]);
  });

  it("shows how many times smaller a codec made the updates, where there is one", () => {
    const state = new JobState(jobView());
    const { updates } = roundView(1);
    const small = updates.map((update) => ({ ...update, sentBytes: 199_210 }));
    state.take({ type: "round", data: roundView(1, { updates: small }) });
    const lines = drawn(state, { width: 100, height: 22 });
    expect(lines).toContain("Round  Accuracy    Loss  Duration  Updates       Up  Smaller     Down  Refused");
    expect(lines).toContain("    1   50.00 %  1.0000     2.0 s      2/2  1.0 MiB    4.0 ×  2.0 MiB");
  });

  it("shows how many times smaller a codec made the models, where there is one", () => {
    const state = new JobState(jobView());
    const model = { round: 1, digest: "00", size: 796_840, sentBytes: 398_420, createdAt: "2026-01-01T00:00:00.000Z" };
    state.take({ type: "round", data: roundView(1, { model }) });
    const lines = drawn(state, { width: 100, height: 22 });
    expect(lines).toContain("Round  Accuracy    Loss  Duration  Updates       Up     Down  Smaller  Refused");
    expect(lines).toContain("    1   50.00 %  1.0000     2.0 s      2/2  1.0 MiB  2.0 MiB    2.0 ×");
  });

  it("fits on any screen", () => {
    const state = running();
    state.gone = { since: NOW - 5_000, reason: "no coordinator answers at http://127.0.0.1:7300" };
    for (let width = 1; width < 130; width += 3)
      for (let height = 1; height < 30; height++) {
        const lines = jobLines(state, { width, height }, NOW);
        expect(lines.length).toBeLessThanOrEqual(height);
        for (const line of lines) expect(widthOf(textOf(line))).toBeLessThanOrEqual(width);
      }
  });

  it("keeps what matters where there is little room", () => {
    expect(drawn(running(), { width: 40, height: 6 })).toEqual([
      "night-shift  4h2k9q0…  running, training",
      "Round 4/20  15 %  1 min 0 s passed, 34 …",
      "Round  Accuracy    Loss      Duration",
      "4 (2)         –       –  training 7 s",
      "Refused in round 4: bob, update_not_fin…",
      "q leave  p pause  c cancel",
    ]);
    expect(drawn(running(), { width: 40, height: 2 })).toEqual([
      "night-shift  4h2k9q0…  running, training",
      "q leave  p pause  c cancel",
    ]);
  });

  it("says why it stands still and how it goes on", () => {
    const state = new JobState(jobView({ status: "paused", phase: null, reason: "the machines move" }));
    const lines = drawn(state, { width: 60, height: 6 });
    expect(lines[0]).toMatch(/ paused$/);
    expect(lines).toContain("the machines move");
    expect(lines.at(-1)).toBe("q leave  r resume  c cancel");
    expect(lines[1]).not.toMatch(/left/);
  });

  it("says what it waits for", () => {
    const waitingFor = { needed: 3, able: 1, unable: [] };
    const state = new JobState(jobView({ phase: "waiting", waitingFor }));
    expect(drawn(state, { width: 80, height: 6 })).toContain(
      "it waits for 3 workers, and 1 that can train it is there",
    );
  });

  it("says since when the coordinator is away, asks before it cancels, and says what came of it", () => {
    const state = running();
    state.gone = { since: NOW - 5_000, reason: "no coordinator answers" };
    expect(drawn(state, { width: 80, height: 20 })[1]).toBe(
      "disconnected for 5 s, trying again: no coordinator answers",
    );
    state.isAsking = true;
    expect(drawn(state, { width: 80, height: 20 }).at(-1)).toBe("Cancel night-shift for good?  y yes  n no");
    state.isAsking = false;
    state.said = "the job is over";
    expect(drawn(state, { width: 80, height: 20 }).at(-1)).toBe("the job is over");
  });

  it("shows training losses where nobody evaluates", () => {
    const state = new JobState(jobView());
    for (const number of [1, 2]) state.take({ type: "round", data: roundView(number, { evaluation: null }) });
    const lines = drawn(state, { width: 80, height: 20 });
    expect(lines).toContain("Training loss █▁  0.6250");
    expect(lines.join("\n")).not.toMatch(/best/);
  });
});
