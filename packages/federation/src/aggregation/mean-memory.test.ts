import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MeanMemory } from "./mean-memory.js";

const bits = (values: Float64Array) => [...new BigUint64Array(values.buffer, values.byteOffset, values.length)];

/** Values within ± 4096 of all magnitudes, zeros of both signs and the least ones among them. */
const value = fc.oneof(
  fc.float({ min: -4096, max: 4096, noNaN: true }),
  fc.constantFrom(0, -0, 2 ** -149, -(2 ** -149), 2 ** -126, 4096, -4096, 0.5, 1.5, -2.5),
);
const vector = (length: number) =>
  fc.array(value, { minLength: length, maxLength: length }).map((of) => Float32Array.from(of));

describe("the memory of a mean", () => {
  it("lies in WebAssembly on this machine, unless it may not", () => {
    expect(new MeanMemory(10).isWasm).toBe(true);
    expect(new MeanMemory(10, { wasm: false }).isWasm).toBe(false);
  });

  it("adds the same bits as JavaScript does, in whatever pieces", () => {
    const runs = fc.integer({ min: 1, max: 70 }).chain((length) =>
      fc.record({
        vectors: fc.array(vector(length), { minLength: 1, maxLength: 4 }),
        cut: fc.nat(length),
        exponent: fc.integer({ min: -20, max: 40 }),
        weight: fc.integer({ min: 1, max: 1_000 }),
      }),
    );
    fc.assert(
      fc.property(runs, ({ vectors, cut, exponent, weight }) => {
        const length = vectors[0]?.length ?? 0;
        const [wasm, plain] = [new MeanMemory(length), new MeanMemory(length, { wasm: false })];
        const factor = weight * 2 ** exponent;
        for (const values of vectors) {
          expect(plain.add(0, values, factor, 4096)).toBe(-1);
          expect(wasm.add(0, values.subarray(0, cut), factor, 4096)).toBe(-1);
          wasm.slice.set(values.subarray(cut));
          expect(wasm.add(cut, wasm.slice.subarray(0, length - cut), factor, 4096)).toBe(-1);
        }
        expect(bits(wasm.sums)).toEqual(bits(plain.sums));
      }),
      { numRuns: 300 },
    );
  });

  it("divides to the same bits as JavaScript does, in any range and over more than a slice", () => {
    const sum = fc.oneof(
      fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
      fc.constantFrom(0, -0, 1, -1, 2 ** -149, 2 ** 52, -(2 ** 52), 3e-46, 16_777_217),
    );
    const runs = fc.record({
      sums: fc.array(sum, { minLength: 1, maxLength: 40 }),
      length: fc.integer({ min: 1, max: 300_000 }),
      start: fc.nat(),
      end: fc.nat(),
      divisor: fc.oneof(fc.integer({ min: 1, max: 2 ** 40 }), fc.constantFrom(3, 2 ** 60, 2 ** -60)),
    });
    fc.assert(
      fc.property(runs, ({ sums, length, start, end, divisor }) => {
        const [from, to] = [start % length, end % (length + 1)].toSorted((a, b) => a - b) as [number, number];
        const memories = [new MeanMemory(length), new MeanMemory(length, { wasm: false })];
        const quotients = memories.map((memory) => {
          for (let at = 0; at < length; at++) memory.sums[at] = sums[at % sums.length] ?? 0;
          return Buffer.from(memory.quotients(from, to, divisor).buffer);
        });
        const wanted = Float32Array.from(
          { length: to - from },
          (_, at) => (sums[(from + at) % sums.length] ?? 0) / divisor,
        );
        for (const found of quotients) expect(Buffer.compare(found, Buffer.from(wanted.buffer))).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it("finds the first value that is out of bounds, wherever it stands", () => {
    const wrong = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 4097, -4097);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70_000 }), fc.nat(), fc.nat(), wrong, (length, first, second, bad) => {
        const values = new Float32Array(length).fill(0.25);
        values[first % length] = bad;
        values[second % length] = Number.NaN;
        const place = Math.min(first % length, second % length);
        expect(new MeanMemory(length).add(0, values, 3, 4096)).toBe(place);
        expect(new MeanMemory(length, { wasm: false }).add(0, values, 3, 4096)).toBe(place);
      }),
      { numRuns: 100 },
    );
  });

  it.each([0.1, 1 / 3, 4096, 2 ** 20, 1e-40])("draws the bound at %d where float64 draws it", (maxAbs) => {
    const near = Math.fround(maxAbs);
    const steps = new Uint32Array(Float32Array.of(near).buffer)[0] ?? 0;
    for (const step of [-1, 0, 1]) {
      const of = new Float32Array(Uint32Array.of(steps + step).buffer);
      const expected = Math.abs(of[0] ?? 0) <= maxAbs ? -1 : 0;
      for (const wasm of [true, false]) expect(new MeanMemory(1, { wasm }).add(0, of, 1, maxAbs)).toBe(expected);
    }
  });
});
