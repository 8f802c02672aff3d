import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkJobSpec } from "../job/parse-job-spec.js";
import { bytesOf, fromBytes, toBytes } from "../testing/bytes.js";
import {
  contextOf,
  contributionOf,
  runRound,
  strategyWith,
  type TestResult,
  type TestUpdate,
} from "../testing/rounds.js";
import type { Contribution } from "./strategy.js";

const ELEMENTS = 7;
/** Numbers of an update that may be in memory at once, of all updates together: 16 MiB. */
const WINDOW = 4 * 1024 * 1024;

/** Numbers that a mean has no trouble to give back bit for bit. */
const plain = fc.integer({ min: -1_024, max: 1_024 }).map((value) => value / 16);
const vector = fc.array(plain, { minLength: ELEMENTS, maxLength: ELEMENTS });

/** So many epochs of so small batches that no worker of these tests takes more steps than its samples allow. */
const training = { epochs: 50, batchSize: 1 };

/** What every strategy promises, whatever it computes. */
export function holdsStrategyContract(kind: string, settings: object): void {
  const strategy = { kind, ...settings };
  const { least, state: names, objective } = strategyWith(strategy);
  const count = least + 3;
  const { returns = [] } = objective;
  const extraOf = (values: ArrayLike<number>) => Object.fromEntries(returns.map((name) => [name, values]));

  const update = fc.record({
    samples: fc.integer({ min: 1, max: 1_000 }),
    localSteps: fc.integer({ min: 1, max: 50 }),
    loss: fc.double({ min: 0, max: 10, noNaN: true }),
    staleness: fc.integer({ min: 0, max: 9 }),
    values: vector,
    correction: vector,
  });
  const cohort = fc
    .array(update, { minLength: count, maxLength: count })
    .map((all) => all.map(({ correction, ...rest }): TestUpdate => ({ ...rest, extra: extraOf(correction) })));
  const alike = (values: ArrayLike<number>): TestUpdate[] =>
    Array.from({ length: count }, (_, index) => ({
      ...{ samples: 10 * (index + 1), localSteps: 5, values, extra: extraOf(new Float32Array(ELEMENTS)) },
    }));

  describe(JSON.stringify(strategy), () => {
    it("gives the same bytes whatever the order in which updates come", async () => {
      const shuffled = cohort.chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
      );
      await fc.assert(
        fc.asyncProperty(shuffled, vector, async ([updates, came], before) => {
          const test = { strategy, updates, before };
          expect(bytesOf(await runRound({ ...test, came }))).toEqual(bytesOf(await runRound(test)));
        }),
        { numRuns: 30 },
      );
    });

    it("gives the same bytes whatever the parts in which it is asked for them", async () => {
      await fc.assert(
        fc.asyncProperty(cohort, vector, fc.integer({ min: 1, max: ELEMENTS }), async (updates, before, part) => {
          const test = { strategy, updates, before };
          expect(bytesOf(await runRound({ ...test, part }))).toEqual(bytesOf(await runRound(test)));
        }),
        { numRuns: 15 },
      );
    });

    it("leaves the model as it is when no worker changed it, bit for bit", async () => {
      await fc.assert(
        fc.asyncProperty(vector, async (before) => {
          const { model } = await runRound({ strategy, updates: alike(before), before });
          expect(model).toEqual(Float32Array.from(before));
        }),
        { numRuns: 15 },
      );
    });

    it("moves towards what all workers say", async () => {
      await fc.assert(
        fc.asyncProperty(vector, vector, async (before, after) => {
          const { model } = await runRound({ strategy, updates: alike(after), before });
          for (const [index, value] of model.entries()) {
            const wanted = (after[index] ?? 0) - (before[index] ?? 0);
            expect((value - (before[index] ?? 0)) * wanted).toBeGreaterThanOrEqual(0);
          }
          if (before.some((value, index) => value !== after[index]))
            expect(model).not.toEqual(Float32Array.from(before));
        }),
        { numRuns: 15 },
      );
    });

    it("looks at shares of samples, not at their number", async () => {
      await fc.assert(
        fc.asyncProperty(cohort, vector, async (updates, before) => {
          const more = updates.map((update) => ({ ...update, samples: (update.samples ?? 1) * 64 }));
          const [{ model }, other] = [
            await runRound({ strategy, training, updates, before }),
            await runRound({ strategy, training, updates: more, before }),
          ];
          for (const [index, value] of other.model.entries()) expect(value).toBeCloseTo(model[index] ?? 0, 4);
        }),
        { numRuns: 15 },
      );
    });

    const { strategy: filled } = checkJobSpec({ model: "lenet5", dataset: "mnist", strategy });
    if ("weighting" in filled && filled.weighting === "samples")
      it("counts an update of 2n samples as two of n", async () => {
        await fc.assert(
          fc.asyncProperty(cohort, vector, async (updates, before) => {
            const [first, ...rest] = updates;
            if (first === undefined) return;
            const once = [{ ...first, samples: 2 * (first.samples ?? 1) }, ...rest];
            const [{ model }, twice] = [
              await runRound({ strategy, training, updates: once, before }),
              await runRound({ strategy, training, updates: [...updates, { ...first }], before }),
            ];
            for (const [index, value] of twice.model.entries()) expect(value).toBeCloseTo(model[index] ?? 0, 4);
          }),
          { numRuns: 15 },
        );
      });

    it("goes on after a crash to the same bytes: all that it knows of earlier rounds is in its kept vectors", async () => {
      const rounds = fc.array(cohort, { minLength: 3, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(rounds, vector, async (all, before) => {
          let straight: TestResult = { model: Float32Array.from(before), state: {} };
          let resumed = straight;
          for (const [index, updates] of all.entries()) {
            const round = index + 1;
            straight = await runRound({
              strategy,
              training,
              updates,
              before: straight.model,
              state: straight.state,
              round,
            });
            // An attempt that breaks off leaves nothing behind.
            const test = {
              strategy,
              training,
              updates,
              before: resumed.model,
              state: fromBytes(toBytes(resumed.state)),
              round,
            };
            await strategyWith(strategy)
              .open(contextOf(test))
              .fold(contributionOf(updates[0] ?? { values: [] }));
            resumed = await runRound(test);
            expect(bytesOf(resumed)).toEqual(bytesOf(straight));
          }
          expect(Object.keys(straight.state).sort()).toEqual([...names].sort());
        }),
        { numRuns: 10 },
      );
    });

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
        { numRuns: 40 },
      );
    });

    it.each([
      ["NaN", Number.NaN, "update_out_of_range"],
      ["too large a number", 5_000, "update_out_of_range"],
      ["nothing in its last place", undefined, "update_shape_mismatch"],
    ])("refuses an update with %s", async (_, last, code) => {
      const updates = alike(new Float32Array(ELEMENTS));
      const came = updates.slice(1);
      const values = [...new Float32Array(ELEMENTS - 1), ...(last === undefined ? [] : [last])];
      const wrong = { ...updates[0], values };
      await expect(aggregated(strategy, [...came, wrong])).rejects.toMatchObject({ code });
    });

    it(`needs ${least} updates, and says so`, async () => {
      const updates = alike(new Float32Array(ELEMENTS).fill(1)).slice(0, least);
      const test = { strategy, updates, before: new Float32Array(ELEMENTS) };
      await expect(runRound(test)).resolves.toBeDefined();
      await expect(runRound({ ...test, came: updates.slice(1) })).rejects.toMatchObject({ code: "conflict" });
    });

    it("never has more than a window of the updates in memory", async () => {
      const elements = 300_000;
      const updates = alike(new Float32Array(elements).fill(0.5)).map((update) => ({ ...update, extra: {} }));
      let most = 0;
      const watched = (contribution: Contribution): Contribution => ({
        ...contribution,
        extra: Object.fromEntries(returns.map((name) => [name, contribution])),
        read(start, end) {
          most = Math.max(most, end - start);
          return contribution.read(start, end);
        },
      });
      const aggregation = strategyWith(strategy).open(contextOf({ strategy, updates }));
      for (const [index, update] of updates.entries())
        await aggregation.fold(watched(contributionOf(update, index, 65_536)));
      await aggregation.complete();
      await aggregation.result(0, elements);
      expect(most * count).toBeLessThanOrEqual(WINDOW);
    });
  });
}

async function aggregated(strategy: object, updates: readonly TestUpdate[]): Promise<void> {
  const aggregation = strategyWith(strategy).open(contextOf({ strategy, updates }));
  for (const [index, update] of updates.entries()) await aggregation.fold(contributionOf(update, index));
  await aggregation.complete();
  await aggregation.result(0, ELEMENTS);
}
