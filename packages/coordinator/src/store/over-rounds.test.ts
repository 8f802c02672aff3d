import { describe, expect, it } from "vitest";
import { OverRoundsReader } from "./over-rounds.js";
import type { RoundRange } from "./series-store.js";

/** Jobs of which every round took 10 bytes each way and 1 s, and is as accurate as its number says. */
class Rounds {
  readonly over = new Map<string, number>();
  /** What was read. */
  readonly asked: string[] = [];

  async lastOver(job: string, after: number): Promise<number> {
    return Math.max(after, this.over.get(job) ?? 0);
  }
  async totals(job: string, range: RoundRange) {
    const numbers = this.#numbers(range);
    this.asked.push(`${job} ${range.after}-${range.through}`);
    return { attempts: numbers.length, bytesDown: 10 * numbers.length, bytesUp: 10 * numbers.length };
  }
  async globalScores(_: string, range: RoundRange) {
    return this.#numbers(range).map((round) => ({ round, loss: 1 / round, accuracy: round / 1_000 }));
  }
  async endTimes(_: string, range: RoundRange) {
    return new Map(this.#numbers(range).map((round) => [round, 1_000 * round]));
  }
  #numbers({ after, through }: RoundRange): number[] {
    return Array.from({ length: through - after }, (_, index) => after + index + 1);
  }
}

describe("the rounds of a job that are over", () => {
  it("are read once, and then those that came since", async () => {
    const rounds = new Rounds();
    const reader = new OverRoundsReader(rounds);
    rounds.over.set("a", 3);
    await reader.of("a");
    await reader.of("a");
    rounds.over.set("a", 5);
    const found = await reader.of("a");
    expect(rounds.asked).toEqual(["a 0-3", "a 3-5"]);
    expect(found).toEqual(await new OverRoundsReader(rounds).of("a"));
    expect(found).toMatchObject({ through: 5, attempts: 5, bytesDown: 50, bytesUp: 50 });
    expect(found.scores.map(({ round }) => round)).toEqual([1, 2, 3, 4, 5]);
    expect([...found.endedAt.keys()]).toEqual([1, 2, 3, 4, 5]);
  });

  it("count once each when several ask at the same time", async () => {
    const rounds = new Rounds();
    const reader = new OverRoundsReader(rounds);
    rounds.over.set("a", 2);
    const early = reader.of("a");
    rounds.over.set("a", 4);
    await Promise.all([early, reader.of("a"), reader.of("a")]);
    expect(await reader.of("a")).toMatchObject({ through: 4, attempts: 4 });
  });

  it("of a job without any are none", async () => {
    const rounds = new Rounds();
    expect(await new OverRoundsReader(rounds).of("a")).toMatchObject({ through: 0, attempts: 0, scores: [] });
    expect(rounds.asked).toEqual([]);
  });

  it.each([
    [{ jobs: 2, rounds: 1_000 }, 3],
    [{ jobs: 9, rounds: 7 }, 3],
    // The one that was asked for last is kept all the same.
    [{ jobs: 9, rounds: 1 }, 3],
  ])("are kept of the jobs that were asked for last, within %j", async (most, each) => {
    const rounds = new Rounds();
    const reader = new OverRoundsReader(rounds, most);
    for (const job of ["a", "b", "c"]) rounds.over.set(job, each);
    for (const job of ["a", "b", "a", "c", "c"]) await reader.of(job);
    const again = most.rounds === 1 ? ["a 0-3"] : [];
    expect(rounds.asked).toEqual(["a 0-3", "b 0-3", ...again, "c 0-3"]);
    await reader.of("b");
    expect(rounds.asked.at(-1)).toBe("b 0-3");
    expect(rounds.asked).toHaveLength(4 + again.length);
  });
});
