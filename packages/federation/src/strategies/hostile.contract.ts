import fc from "fast-check";
import { expect, it } from "vitest";
import {
  contextOf,
  contributionOf,
  runRound,
  strategyWith,
  type TestResult,
  type TestUpdate,
} from "../testing/rounds.js";
import { ELEMENTS, type StrategyCases, training } from "../testing/strategy-cases.js";

/** What passes admission does no harm; what does not is refused, wherever in an update it is. */
export function refusesHostileUpdates(cases: StrategyCases, runs: { readonly numRuns: number }): void {
  const { strategy, bound, count, extraOf, alike } = cases;
  const { returns = [] } = bound.objective;

  it("stays finite and within bounds, whatever passes admission", async () => {
    const wild = fc.constantFrom(-4_096, -1e-30, 0, 1e-30, 4_096);
    const wildVector = fc.array(wild, { minLength: ELEMENTS, maxLength: ELEMENTS });
    const hostile = fc.record({
      samples: fc.constantFrom(1, 100_000_000),
      localSteps: fc.constantFrom(0, 1, 1e9, Number.NaN, Number.POSITIVE_INFINITY),
      loss: fc.constantFrom(0, -1, 1e-300, 1e300, Number.NaN, Number.POSITIVE_INFINITY),
      staleness: fc.constantFrom(-1, 0, 1e9, Number.NaN, Number.POSITIVE_INFINITY),
      values: wildVector,
      extra: wildVector.map(extraOf),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(hostile, { minLength: count, maxLength: count }),
        wildVector,
        async (updates, before) => {
          let last: TestResult = { model: Float32Array.from(before), state: {} };
          for (const round of [1, 2, 3]) {
            last = await runRound({ strategy, training, updates, before: last.model, state: last.state, round });
            for (const value of last.model) expect(Math.abs(value)).toBeLessThanOrEqual(4_096);
            for (const values of Object.values(last.state)) expect(values.every(Number.isFinite)).toBe(true);
          }
        },
      ),
      runs,
    );
  });

  const ends = [
    ["NaN", Number.NaN, "update_out_of_range"],
    ["infinity", Number.NEGATIVE_INFINITY, "update_out_of_range"],
    ["too large a number", 5_000, "update_out_of_range"],
    ["nothing in its last place", undefined, "update_shape_mismatch"],
  ] as const;

  it.each(ends)("refuses an update with %s", async (_, last, code) => {
    await expect(aggregated(cases, { values: endingWith(last) })).rejects.toMatchObject({ code });
  });

  for (const name of returns) {
    it.each(ends)(`refuses an update with %s in ${name}`, async (_, last, code) => {
      const { extra } = alike(new Float32Array(ELEMENTS))[0] ?? {};
      await expect(aggregated(cases, { extra: { ...extra, [name]: endingWith(last) } })).rejects.toMatchObject({
        code,
      });
    });

    it(`refuses an update without ${name}`, async () => {
      const { [name]: _, ...rest } = extraOf(new Float32Array(ELEMENTS));
      await expect(aggregated(cases, { extra: rest })).rejects.toMatchObject({ code: "update_shape_mismatch" });
    });
  }
}

const endingWith = (last: number | undefined): number[] => [
  ...new Float32Array(ELEMENTS - 1),
  ...(last === undefined ? [] : [last]),
];

/** A round in which the last update is wrong. */
async function aggregated({ strategy, alike }: StrategyCases, wrong: Partial<TestUpdate>): Promise<void> {
  const [first = { values: [] }, ...others] = alike(new Float32Array(ELEMENTS));
  const updates = [...others, { ...first, ...wrong }];
  const aggregation = strategyWith(strategy).open(contextOf({ strategy, updates: [first, ...others] }));
  for (const [index, update] of updates.entries()) await aggregation.fold(contributionOf(update, index));
  await aggregation.complete();
  await aggregation.result(0, ELEMENTS);
}
