import { describe, expect, it } from "vitest";
import { idle, run } from "./testing/plane.js";

describe("virtual time", () => {
  it("passes at once when there are too few workers, and the job stands still", async () => {
    const { outcome, virtualMs } = await run({ ...idle, cohort: { quorum: 7, waitSeconds: 60 } });
    expect(outcome).toEqual({
      kind: "paused",
      reason: 'fewer than 7 workers with data set "plane" came within 60 s',
    });
    expect(virtualMs).toBe(60_000);
  });

  it("lets a round end at its deadline when workers do not answer, and the same ones in each run", async () => {
    const job = { ...idle, rounds: 20, cohort: { deadlineSeconds: 10, maxAttempts: 100 } };
    const { outcome, rounds, virtualMs } = await run(job, { dropout: 0.5 });
    expect(outcome).toEqual({ kind: "completed", reason: "rounds" });
    const updates = rounds.map((round) => round.updates);
    expect(Math.min(...updates)).toBeLessThan(6);
    const waited = rounds.reduce((sum, round) => sum + round.attempt - (round.updates === 6 ? 1 : 0), 0);
    expect(virtualMs).toBe(waited * 10_000);
    const again = await run(job, { dropout: 0.5 });
    expect(again.rounds.map((round) => round.updates)).toEqual(updates);
  });

  it("tries a round again that nobody answers", async () => {
    const { outcome, virtualMs } = await run(
      { ...idle, cohort: { deadlineSeconds: 5, maxAttempts: 3 } },
      { dropout: 1 },
    );
    expect(outcome).toMatchObject({ kind: "paused", reason: expect.stringContaining("in 3 attempts") });
    expect(virtualMs).toBe(15_000);
  });
});

describe("a simulated job stops", () => {
  it("when its bytes are spent", async () => {
    const { outcome, rounds } = await run({ ...idle, rounds: 50, stop: { budgetBytes: 1 } });
    expect(outcome).toEqual({ kind: "completed", reason: "budgetBytes" });
    expect(rounds).toHaveLength(1);
  });

  it("when its bytes are spent, those of updates as they travel", async () => {
    const plain = await run({ ...idle, rounds: 2 });
    const [round] = plain.rounds;
    expect(round).toMatchObject({ sentBytes: round?.updateBytes });
    const small = { ...idle, rounds: 50, codec: { update: "delta | int8" } };
    const [first] = (await run({ ...small, rounds: 1 })).rounds;
    expect(first).toMatchObject({ updateBytes: round?.updateBytes });
    const sent = first?.sentBytes ?? 0;
    expect((first?.updateBytes ?? 0) / sent).toBeGreaterThan(2);
    // Models go out as they are.
    expect(first?.bytesDown).toBe(first?.updateBytes);
    const budget = 4 * ((first?.updateBytes ?? 0) + sent);
    const { rounds } = await run({ ...small, stop: { budgetBytes: budget } });
    expect(rounds).toHaveLength(4);
  });

  it("when its bytes are spent, with what goes along with a model from the first version on that has it", async () => {
    const bytesOf = async (kind: "fedavg" | "scaffold") =>
      (await run({ ...idle, rounds: 1, strategy: { kind } })).rounds[0]?.sentBytes ?? 0;
    const [models, updates] = [await bytesOf("fedavg"), await bytesOf("scaffold")];
    // Six workers, and a linear layer of six numbers.
    const twoRounds = 2 * (models + updates) + 6 * 6 * 4;
    const roundsFor = async (budgetBytes: number) =>
      (await run({ ...idle, rounds: 9, strategy: { kind: "scaffold" }, stop: { budgetBytes } })).rounds;
    const rounds = await roundsFor(twoRounds);
    expect(rounds.map(({ bytesDown }) => bytesDown)).toEqual([models, models + 6 * 6 * 4]);
    expect(await roundsFor(twoRounds + 1)).toHaveLength(3);
  });

  it("when its virtual time is over", async () => {
    const cohort = { deadlineSeconds: 5, maxAttempts: 20 };
    const { outcome, virtualMs } = await run(
      { ...idle, rounds: 50, cohort, stop: { wallClockSeconds: 12 } },
      { dropout: 0.9 },
    );
    expect(outcome).toEqual({ kind: "completed", reason: "wallClock" });
    expect(virtualMs).toBe(12_000);
  });
});
