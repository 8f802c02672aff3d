import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, fromBytes, toBytes } from "../testing/bytes.js";
import { contextOf, contributionOf, runRound, strategyWith, type TestResult } from "../testing/rounds.js";
import { casesOf, ELEMENTS, hasOwnStep, type StrategySection, training, weighted } from "../testing/strategy-cases.js";
import { refusesHostileUpdates } from "./hostile.contract.js";
import { holdsMemoryContract } from "./memory.contract.js";

/**
 * What every strategy promises, whatever it computes.
 *
 * @param options `share` of the random rounds that are tried: 1 is all, for one that stands by itself
 */
export function holdsStrategyContract(
  strategy: StrategySection,
  { share = 1 }: { readonly share?: number } = {},
): void {
  const cases = casesOf(strategy);
  const { bound, count, cohort, vector, alike } = cases;
  const { least, state: names, objective } = bound;
  const runs = (all: number) => ({ numRuns: Math.ceil(all * share) });

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
        runs(30),
      );
    });

    it("gives the same bytes whatever the parts in which it is asked for them", async () => {
      await fc.assert(
        fc.asyncProperty(cohort, vector, fc.integer({ min: 1, max: ELEMENTS }), async (updates, before, part) => {
          const test = { strategy, updates, before };
          expect(bytesOf(await runRound({ ...test, part }))).toEqual(bytesOf(await runRound(test)));
        }),
        runs(15),
      );
    });

    it("leaves the model as it is when no worker changed it, bit for bit", async () => {
      await fc.assert(
        fc.asyncProperty(vector, async (before) => {
          const { model } = await runRound({ strategy, updates: alike(before), before });
          expect(model).toEqual(Float32Array.from(before));
        }),
        runs(15),
      );
    });

    if (!hasOwnStep(strategy))
      it("gives what all workers say, within float32", async () => {
        await fc.assert(
          fc.asyncProperty(vector, vector, async (before, after) => {
            const { model } = await runRound({ strategy, training, updates: alike(after), before });
            for (const [index, value] of model.entries())
              expect(Math.abs(value - (after[index] ?? 0))).toBeLessThanOrEqual(64 * 2 ** -23);
          }),
          runs(15),
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
        runs(15),
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
        runs(15),
      );
    });

    const weighs = weighted(strategy);
    if (weighs !== undefined)
      it("counts an update for more, the more samples it has", async () => {
        const others = Array.from({ length: count + 8 }, () => ({ values: new Float32Array(ELEMENTS), samples: 10 }));
        const last: number[] = [];
        for (const samples of [10, 20, 80]) {
          const updates = [{ values: new Float32Array(ELEMENTS).fill(0.5), samples }, ...others];
          last.push((await runRound({ strategy: weighs, updates })).model[0] ?? 0);
        }
        expect(last[1]).toBeGreaterThan(last[0] ?? 0);
        expect(last[2]).toBeGreaterThan(last[1] ?? 0);
      });

    // A wrapper may make other groups of them.
    if (weighs !== undefined && weighs.of === undefined)
      it("counts an update of 2n samples as two of n", async () => {
        await fc.assert(
          fc.asyncProperty(cohort, vector, async (updates, before) => {
            const [first, ...rest] = updates;
            if (first === undefined) return;
            const once = [{ ...first, samples: 2 * (first.samples ?? 1) }, ...rest];
            const [{ model }, twice] = [
              await runRound({ strategy: weighs, training, updates: once, before }),
              await runRound({ strategy: weighs, training, updates: [...updates, { ...first }], before }),
            ];
            for (const [index, value] of twice.model.entries()) expect(value).toBeCloseTo(model[index] ?? 0, 4);
          }),
          runs(15),
        );
      });

    it("goes on after a crash to the same bytes: all that it knows of earlier rounds is in its kept vectors", async () => {
      const rounds = fc.array(cohort, { minLength: 3, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(rounds, vector, async (all, before) => {
          let straight: TestResult = { model: Float32Array.from(before), state: {} };
          let resumed = straight;
          for (const [index, updates] of all.entries()) {
            const test = { strategy, training, updates, round: index + 1 };
            straight = await runRound({ ...test, before: straight.model, state: straight.state });
            const again = { ...test, before: resumed.model, state: fromBytes(toBytes(resumed.state)) };
            // An attempt that breaks off leaves nothing behind.
            await strategyWith(strategy)
              .open(contextOf(again))
              .fold(contributionOf(updates[0] ?? { values: [] }));
            resumed = await runRound(again);
            expect(bytesOf(resumed)).toEqual(bytesOf(straight));
          }
          expect(Object.keys(straight.state).sort()).toEqual([...names].sort());
        }),
        runs(10),
      );
    });

    it("sends workers all that it keeps, or nothing: it is one blob", () => {
      expect([undefined, names]).toContainEqual(objective.sends);
    });

    it(`needs ${least} updates, and says so`, async () => {
      const updates = alike(new Float32Array(ELEMENTS).fill(1)).slice(0, least);
      const test = { strategy, updates, before: new Float32Array(ELEMENTS) };
      await expect(runRound(test)).resolves.toBeDefined();
      await expect(runRound({ ...test, came: updates.slice(1) })).rejects.toMatchObject({ code: "conflict" });
    });

    refusesHostileUpdates(cases, runs(40));
    holdsMemoryContract(cases);
  });
}
