import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { contextOf, contributionOf, strategyWith } from "../testing/rounds.js";
import { type StrategyCases, streams } from "../testing/strategy-cases.js";
import type { Contribution, Vector } from "./strategy.js";

/** Numbers of an update that may be in memory at once, of all updates together: 16 MiB. */
const WINDOW = 4 * 1024 * 1024;
/** Parts that may be read at once: each is an open file. */
const READS = 32;
/** Numbers of an update, 128 KiB: what a rule holds of one is plain beside what else comes and goes. */
const LENGTH = 32 * 1024;
const SLICE = 16 * 1024;
/** Updates that many are more than few. */
const MANY = 32;

setFlagsFromString("--expose-gc");
const collectGarbage: unknown = runInNewContext("gc");

/** What a strategy holds while it works, of updates and by itself. */
export function holdsMemoryContract(cases: StrategyCases): void {
  const { strategy, count } = cases;

  it(`holds no updates ${streams(strategy) ? "once they are folded in" : "that lie on a disk"}`, async () => {
    const grown = await growthOf(cases, streams(strategy) ? inMemory : onDisk);
    expect(grown).toBeLessThan((MANY * LENGTH * 4) / 2);
  });

  it("never has more than a window of the updates in memory, nor more of them open than files may be", async () => {
    const length = 300_000;
    const updates = Array.from({ length: count }, () => ({ values: new Float32Array(length).fill(0.5) }));
    let [longest, open, most] = [0, 0, 0];
    const watched = (vector: Vector): Vector => ({
      ...vector,
      async read(start, end) {
        longest = Math.max(longest, end - start);
        open += 1;
        most = Math.max(most, open);
        const values = await vector.read(start, end);
        open -= 1;
        return values;
      },
    });
    const aggregation = strategyWith(strategy).open(contextOf({ strategy, updates }));
    for (const [index, update] of updates.entries()) {
      const contribution = contributionOf(update, index, 65_536);
      await aggregation.fold({
        ...contribution,
        ...watched(contribution),
        extra: extraOf(cases, watched(contribution)),
      });
    }
    await aggregation.complete();
    await aggregation.result(0, length);
    expect(longest * count).toBeLessThanOrEqual(WINDOW);
    expect(most).toBeLessThanOrEqual(READS);
  });
}

/** Bytes of vectors that a round holds at its end, more than after its first updates. */
async function growthOf(cases: StrategyCases, vector: (seed: number) => Vector): Promise<number> {
  const { strategy, count } = cases;
  const values = new Float32Array(LENGTH);
  const context = contextOf({ strategy, updates: Array.from({ length: count + MANY }, () => ({ values })) });
  const aggregation = strategyWith(strategy).open(context);
  let few = 0;
  for (let index = 0; index < count + MANY; index++) {
    if (index === count) few = await bytesHeld();
    await aggregation.fold(updateOf(cases, index, vector));
  }
  await aggregation.complete();
  await aggregation.result(0, SLICE);
  const many = await bytesHeld();
  // Until here it is of use, and may not be collected.
  await aggregation.result(0, 1);
  return many - few;
}

function updateOf(cases: StrategyCases, index: number, vector: (seed: number) => Vector): Contribution {
  const extra = extraOf(cases, vector(index));
  return { ...contributionOf({ values: [] }, index), ...vector(index), extra };
}

const extraOf = ({ bound }: StrategyCases, vector: Vector): Contribution["extra"] =>
  Object.fromEntries((bound.objective.returns ?? []).map((name) => [name, vector]));

/** As the coordinator has an update: it is read anew each time. */
const onDisk = (seed: number): Vector => ({
  async *slices() {
    for (let at = 0; at < LENGTH; at += SLICE) yield new Float32Array(SLICE).fill(seed / 128);
  },
  read: async (start, end) => new Float32Array(end - start).fill(seed / 128),
});

/** As a simulation has it. */
const inMemory = (seed: number): Vector => {
  const values = new Float32Array(LENGTH).fill(seed / 128);
  return {
    async *slices() {
      yield values;
    },
    read: async (start, end) => values.slice(start, end),
  };
};

/** Bytes of all vectors that are still of use to somebody. */
async function bytesHeld(): Promise<number> {
  if (typeof collectGarbage !== "function") throw new Error("this Node.js has no way to collect garbage");
  // What one pass finds is given back by the time that the next one begins.
  for (let pass = 0; pass < 2; pass++) {
    collectGarbage();
    await new Promise(setImmediate);
  }
  return process.memoryUsage().arrayBuffers;
}
