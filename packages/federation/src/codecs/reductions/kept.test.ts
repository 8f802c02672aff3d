import { stream } from "@tributary/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader } from "../byte-reader.js";
import { ByteWriter } from "../byte-writer.js";
import { failure } from "../testing/updates.js";
import { keptOf } from "./kept.js";
import { largest } from "./largest.js";
import { placeCodeOf, readPlaces, writePlaces } from "./places.js";
import { drawPlaces } from "./random-k.js";

const normals = (count: number, seed: number) => {
  const random = stream(seed, "normals");
  return new Float32Array(count).map(() => random.normal());
};

describe("how many values are kept", () => {
  it("is the fraction of them, rounded up, and 1 at least", () => {
    expect(keptOf(0.01, 1_000)).toBe(10);
    expect(keptOf(0.01, 1_001)).toBe(11);
    // 0.07 * 100 is 7.000000000000001 in float64.
    expect(keptOf(0.07, 100)).toBe(7);
    expect(keptOf(1e-6, 300)).toBe(1);
    expect(keptOf(1, 300)).toBe(300);
  });
});

describe("the largest values", () => {
  /** By sorting: the largest magnitudes, of equal ones the first, in the order of their places. */
  const sorted = (values: Float32Array, kept: number) =>
    Uint32Array.from(
      [...values.keys()]
        .sort((a, b) => Math.abs(values[b] ?? 0) - Math.abs(values[a] ?? 0) || a - b)
        .slice(0, kept)
        .sort((a, b) => a - b),
    );

  it("are those that sorting finds, of equal ones the first", () => {
    const few = fc.constantFrom(0, -0, 1, -1, 2 ** -149, -3, 2 ** 64);
    const some = fc.oneof(fc.float({ noNaN: true, noDefaultInfinity: true }), few);
    fc.assert(
      fc.property(
        fc.array(some, { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0.01, max: 1 }),
        (list, fraction) => {
          const values = Float32Array.from(list);
          const kept = keptOf(fraction, values.length);
          expect(largest(values, kept)).toEqual(sorted(values, kept));
        },
      ),
    );
  });

  it("are found among many, whatever the order: the sample may be of the largest or of the smallest", () => {
    const many = normals(20_003, 1);
    const everySixtyFourth = (factor: number) =>
      many.map((value, index) => (index % 64 === 0 ? factor * value : value));
    const inputs = {
      drawn: many,
      ascending: many.toSorted(),
      "with a sample of the largest": everySixtyFourth(1_000),
      "with a sample of zeros": everySixtyFourth(0),
      "all equal": new Float32Array(20_003).fill(-2),
      zeros: new Float32Array(20_003),
      "mostly zeros": many.map((value, index) => (index % 1_000 === 7 ? value : 0)),
    };
    for (const [name, values] of Object.entries(inputs))
      for (const kept of [1, 2, 200, 5_000, 20_002, 20_003])
        expect(largest(values, kept), `${kept} of ${name}`).toEqual(sorted(values, kept));
  });
});

describe("places", () => {
  const sets = fc
    .record({
      count: fc.integer({ min: 1, max: 5_000 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      seed: fc.nat(),
    })
    .map(({ count, share, seed }) => {
      const kept = Math.max(1, Math.round(count * share ** 3));
      return { count, places: drawPlaces(kept, count, stream(seed, "places")) };
    });
  const encoded = (places: Uint32Array, count: number) => {
    const code = placeCodeOf(places.length, count);
    const to = new ByteWriter(code.bytes.most);
    writePlaces(places, code, to);
    return to.written();
  };

  it("come back, in as many bytes as was said", () => {
    fc.assert(
      fc.property(sets, ({ count, places }) => {
        const code = placeCodeOf(places.length, count);
        const bytes = encoded(places, count);
        expect(bytes.byteLength).toBeGreaterThanOrEqual(code.bytes.least);
        expect(bytes.byteLength).toBeLessThanOrEqual(code.bytes.most);
        const back = new Uint32Array(places.length);
        const from = new ByteReader(bytes);
        readPlaces(back, count, code, from);
        from.end();
        expect(back).toEqual(places);
      }),
    );
  });

  it("take the most bytes when they stand at the end, and the least at the begin", () => {
    const { bytes } = placeCodeOf(10, 1_000);
    expect(
      encoded(
        Uint32Array.from({ length: 10 }, (_, index) => index),
        1_000,
      ),
    ).toHaveLength(bytes.least);
    expect(
      encoded(
        Uint32Array.from({ length: 10 }, (_, index) => 990 + index),
        1_000,
      ),
    ).toHaveLength(bytes.most);
  });

  it("have the code of Sattler et al. 2019: b = 1 + ⌊log2(ln(φ - 1) / ln(1 - p))⌋", () => {
    const phi = (1 + Math.sqrt(5)) / 2;
    for (const p of [0.0001, 0.001, 0.01, 0.012, 0.02, 0.05, 0.1, 0.2, 0.3, 0.38, 0.4, 0.5, 0.7, 0.9]) {
      const best = Math.max(0, 1 + Math.floor(Math.log2(Math.log(phi - 1) / Math.log(1 - p))));
      expect(placeCodeOf(p * 1e6, 1e6).low, `p = ${p}`).toBe(best);
    }
    // Its mean, equation 17 there, for p = 0.01: b + 1 / (1 - (1 - p)^(2^b)).
    const bits = 6 + 1 / (1 - 0.99 ** 64);
    const places = drawPlaces(10_000, 1_000_000, stream(3, "places"));
    expect((8 * encoded(places, 1_000_000).byteLength) / 10_000).toBeCloseTo(bits, 1);
  });

  it("of any bytes are ascending and within the tensor, or refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 2_000 }), (bytes, count) => {
        const places = new Uint32Array(Math.min(count, 20));
        try {
          readPlaces(places, count, placeCodeOf(places.length, count), new ByteReader(bytes));
        } catch (error) {
          expect(error).toEqual(failure("file_invalid"));
          return;
        }
        for (const [index, place] of places.entries()) expect(place).toBeGreaterThan(places[index - 1] ?? -1);
        expect(places.at(-1)).toBeLessThan(count);
      }),
      { numRuns: 1_000 },
    );
  });

  it("are refused when bits are left over in the last byte", () => {
    const bytes = encoded(Uint32Array.of(3), 300);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80;
    expect(() => readPlaces(new Uint32Array(1), 300, placeCodeOf(1, 300), new ByteReader(bytes))).toThrow(
      failure("file_invalid"),
    );
  });
});

describe("places that are drawn", () => {
  it("are as likely as each other", () => {
    const counts = new Uint32Array(20);
    const random = stream(5, "places");
    for (let draw = 0; draw < 10_000; draw++)
      for (const place of drawPlaces(3, 20, random)) counts[place] = (counts[place] ?? 0) + 1;
    // Binomial: mean 1500, deviation √(10000 * 0.15 * 0.85) = 36. Five deviations.
    for (const count of counts) expect(Math.abs(count - 1_500)).toBeLessThan(5 * 36);
  });

  it("are unlike each other, ascending, and all of them where all are wanted", () => {
    expect(drawPlaces(7, 7, stream(1, "places"))).toEqual(Uint32Array.of(0, 1, 2, 3, 4, 5, 6));
    const places = drawPlaces(500, 1_000, stream(1, "places"));
    expect(new Set(places).size).toBe(500);
    expect(places).toEqual(places.toSorted());
  });
});
