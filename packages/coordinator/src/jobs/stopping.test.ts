import type { JobSpecInput } from "@tributary/federation";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import type { Training } from "../testing/peer.js";

describe("a job with a reason to stop", () => {
  let coordinator: LocalCoordinator;
  beforeEach(async () => {
    coordinator = await LocalCoordinator.start();
  });
  afterEach(() => coordinator[Symbol.asyncDispose]());

  const slowly: Training = async (parameters) => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    return parameters;
  };
  /** A trainer and an evaluator whose accuracy never changes. */
  const join = async () => {
    await coordinator.join("eve", { role: "evaluate" });
    await coordinator.join("alice", { train: slowly });
  };
  const spec = (stop: JobSpecInput["stop"]): JobSpecInput => ({
    ...{ model: "lenet5", dataset: "mnist", rounds: 1_000, ...(stop && { stop }) },
  });

  it.each([undefined, 3])("ends when it is not better for some rounds, with a restart after round %s", async (cut) => {
    await join();
    const id = await coordinator.submit(spec({ patience: { rounds: 6 } }));
    if (cut !== undefined) {
      await expect
        .poll(async () => (await coordinator.job(id)).round, { interval: 5, timeout: 10_000 })
        .toBeGreaterThan(cut);
      await coordinator.restart();
      await join();
    }
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed", reason: "patience", round: 7 });
  });

  it("ends when its time is over, by the times in its journal", async () => {
    await join();
    const id = await coordinator.submit(spec({ wallClockSeconds: 0.5 }));
    const { status, reason, startedAt, finishedAt } = await coordinator.finished(id);
    expect({ status, reason }).toEqual({ status: "completed", reason: "wallClock" });
    expect(Date.parse(finishedAt ?? "") - Date.parse(startedAt ?? "")).toBeGreaterThan(495);
  });

  it("does not end because somebody sets the clock", async () => {
    const HOUR_MS = 3_600_000;
    await coordinator.join("alice", {
      train: (parameters, round) => {
        vi.setSystemTime(Date.now() + (round === 1 ? 3 * HOUR_MS : -5 * HOUR_MS));
        return parameters;
      },
    });
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      const id = await coordinator.submit({
        ...{ ...spec({ wallClockSeconds: 3_600 }), rounds: 3, evaluation: { every: 0 } },
      });
      expect(await coordinator.finished(id)).toMatchObject({ status: "completed", reason: "rounds", round: 3 });
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([false, true])(
    "ends in the middle of a round that a slow worker holds up, restarted meanwhile: %s",
    async (isRestarted) => {
      let calls = 0;
      const stuck = () =>
        coordinator.join("alice", {
          train: (parameters) => (++calls === 1 ? parameters : new Promise(() => {})),
        });
      await stuck();
      const id = await coordinator.submit({ ...spec({ wallClockSeconds: 4 }), evaluation: { every: 0 } });
      await expect.poll(async () => (await coordinator.job(id)).round, { timeout: 10_000 }).toBe(2);
      if (isRestarted) {
        await coordinator.restart();
        await stuck();
      }
      const { status, reason, model, startedAt, finishedAt } = await coordinator.finished(id);
      expect({ status, reason }).toEqual({ status: "completed", reason: "wallClock" });
      expect(model?.round).toBe(1);
      expect(Date.parse(finishedAt ?? "") - Date.parse(startedAt ?? "")).toBeGreaterThanOrEqual(4_000);
      expect((await coordinator.rounds(id)).map(({ number, status }) => `${number} ${status}`).sort()).toEqual([
        "1 finished",
        "2 abandoned",
      ]);
    },
  );

  it("ends when its bytes are spent, which its rounds' traffic bears out", async () => {
    await join();
    const id = await coordinator.submit({ ...spec({ budgetBytes: 1_000_000 }), evaluation: { every: 0 } });
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed", reason: "budgetBytes" });
    const traffic = (await coordinator.rounds(id)).map(({ bytesDown, bytesUp }) => bytesDown + bytesUp);
    const sum = traffic.reduce((total, bytes) => total + bytes, 0);
    expect(sum).toBeGreaterThanOrEqual(1_000_000);
    expect(sum - Math.max(...traffic)).toBeLessThan(1_000_000);
  });
});
