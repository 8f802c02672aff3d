import { type RandomStream, stream } from "@tributary/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader } from "../byte-reader.js";
import { ByteWriter } from "../byte-writer.js";
import { failure } from "../testing/updates.js";
import { bfloat16 } from "./bfloat16.js";
import { float16 } from "./float16.js";
import { float32 } from "./float32.js";
import { int8 } from "./int8.js";
import { qsgd } from "./qsgd.js";
import { sign } from "./sign.js";
import type { ValueFormat } from "./value-format.js";
import { bitsOf, roundedUp } from "./views.js";

function written(format: ValueFormat, values: Float32Array, random: RandomStream = stream(1, "test")): Uint8Array {
  const to = new ByteWriter(format.bytes(values.length));
  format.write(values, to, random);
  expect(to.position).toBe(format.bytes(values.length));
  return to.written();
}

function read(format: ValueFormat, bytes: Uint8Array, count: number): Float32Array {
  const values = new Float32Array(count);
  const from = new ByteReader(bytes);
  format.read(from, values);
  from.end();
  return values;
}

const there = (format: ValueFormat, values: Float32Array, random?: RandomStream): Float32Array =>
  read(format, written(format, values, random), values.length);

const anyValues = (max: number) => fc.float32Array({ minLength: 1, maxLength: 1_100, min: -max, max, noNaN: true });
const halvesOf = (bytes: Uint8Array) => new Uint16Array(new Uint8Array(bytes).buffer);
/** The float32 that is so many after this positive one. */
const after = (value: number, count: number) => {
  const next = Float32Array.of(value);
  const bits = bitsOf(next);
  bits[0] = (bits[0] ?? 0) + count;
  return next[0] ?? 0;
};
const nextUp = (value: number) => after(value, 1);
const nextDown = (value: number) => after(value, -1);

describe("float32", () => {
  it("is the number itself", () => {
    fc.assert(
      fc.property(anyValues(2 ** 64), (values) => {
        expect(bitsOf(there(float32, values))).toEqual(bitsOf(values));
      }),
    );
  });
});

describe("float16", () => {
  /** IEEE 754-2019, section 3.4: (-1)^s * 2^(e - 15) * (1 + f / 1024), or f * 2^-24 where e is 0. */
  const numberOf = (half: number) => {
    const [exponent, fraction] = [(half >> 10) & 31, half & 1023];
    return exponent === 0 ? fraction * 2 ** -24 : 2 ** (exponent - 15) * (1 + fraction / 1024);
  };

  it("has every number that IEEE 754 gives it, with both signs", () => {
    const halves = Uint16Array.from({ length: 0x7c00 }, (_, half) => half);
    const values = Float32Array.from(halves, numberOf);
    expect(halvesOf(written(float16, values))).toEqual(halves);
    expect(there(float16, values)).toEqual(values);
    const negative = values.map((value) => -value);
    expect(halvesOf(written(float16, negative))).toEqual(halves.map((half) => half | 0x8000));
    expect(bitsOf(there(float16, negative))).toEqual(bitsOf(negative));
  });

  it("rounds to the nearest, and from the middle to the even one", () => {
    const lower = Uint16Array.from({ length: 0x7bff }, (_, half) => half);
    const middles = Float32Array.from(lower, (half) => (numberOf(half) + numberOf(half + 1)) / 2);
    expect(halvesOf(written(float16, middles))).toEqual(lower.map((half) => half + (half & 1)));
    expect(halvesOf(written(float16, middles.map(nextUp)))).toEqual(lower.map((half) => half + 1));
    expect(halvesOf(written(float16, middles.map(nextDown)))).toEqual(lower);
  });

  it("refuses what rounds to more than 65504, and takes what does not", () => {
    expect(there(float16, Float32Array.of(65_519.99, -65_519.99))).toEqual(Float32Array.of(65_504, -65_504));
    expect(() => written(float16, Float32Array.of(1, -65_520))).toThrow(failure("update_out_of_range"));
    expect(() => written(float16, Float32Array.of(2 ** 64))).toThrow(failure("update_out_of_range"));
  });
});

describe("bfloat16", () => {
  it("rounds to the nearest upper half of float32, and from the middle to the even one", () => {
    fc.assert(
      fc.property(anyValues(2 ** 64), (values) => {
        const rounded = there(bfloat16, values);
        for (const [index, value] of values.entries()) {
          const bits = bitsOf(Float32Array.of(value))[0] ?? 0;
          const [low, high] = Float32Array.from(
            new Float32Array(Uint32Array.of(bits & 0xffff_0000, (bits & 0xffff_0000) + 0x1_0000).buffer),
          );
          const [toLow, toHigh] = [Math.abs(value - (low ?? 0)), Math.abs((high ?? 0) - value)];
          const isLow = toLow < toHigh || (toLow === toHigh && ((bits >>> 16) & 1) === 0);
          expect(rounded[index]).toBe(isLow ? low : high);
          expect(Math.abs((rounded[index] ?? 0) - value)).toBeLessThanOrEqual(
            Math.max(2 ** -8 * Math.abs(value), 2 ** -134),
          );
        }
      }),
    );
    // 1 + 2^-8 is in the middle of 1 and 1 + 2^-7; 1 + 3 * 2^-8 of 1 + 2^-7 and 1 + 2^-6.
    expect(there(bfloat16, Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8))).toEqual(Float32Array.of(1, 1 + 2 ** -6));
  });
});

describe("int8", () => {
  it("is off by half a scale at most, which is the largest magnitude by 127", () => {
    const denormal = fc.float32Array({ minLength: 1, maxLength: 20, min: -(2 ** -140), max: 2 ** -140, noNaN: true });
    fc.assert(
      fc.property(fc.oneof(anyValues(2 ** 64), anyValues(1), denormal), (values) => {
        const bytes = written(int8, values);
        const scale = new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true);
        const most = Math.max(...values.map(Math.abs));
        expect(scale).toBe(roundedUp(most / 127));
        const decoded = read(int8, bytes, values.length);
        // The product of step and scale is rounded to float32, too: by 2^-24 of 127 scales at most.
        for (const [index, value] of values.entries())
          expect(Math.abs((decoded[index] ?? 0) - value)).toBeLessThanOrEqual(scale * (0.5 + 127 * 2 ** -24));
      }),
    );
  });

  it("has the steps of x / scale, rounded", () => {
    const bytes = written(int8, Float32Array.of(127, -127, 1, -0.4, 0.6, 63.4, 2.5, 3.5));
    expect([...new Int8Array(bytes.buffer, bytes.byteOffset + 4)]).toEqual([127, -127, 1, 0, 1, 63, 2, 4]);
    expect(there(int8, new Float32Array(3))).toEqual(new Float32Array(3));
  });

  it("does not have -128", () => {
    const bytes = written(int8, Float32Array.of(1, 2));
    bytes[5] = 0x80;
    expect(() => read(int8, bytes, 2)).toThrow(failure("file_invalid"));
  });
});

describe("sign", () => {
  it("is the mean magnitude with the sign of each number: C(x) = ‖x‖₁ / d * sign(x)", () => {
    expect(there(sign, Float32Array.of(3, -1, 0, -4, 2))).toEqual(Float32Array.of(2, -2, 2, -2, 2));
    fc.assert(
      fc.property(anyValues(1_000), (values) => {
        const mean = Math.fround(values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length);
        const isNegative = (value: number) => value < 0 || Object.is(value, -0);
        expect(there(sign, values)).toEqual(values.map((value) => (isNegative(value) ? -mean : mean)));
      }),
    );
  });

  it("takes a bit a number", () => {
    expect([...written(sign, Float32Array.of(1, -1, 1, 1, 1, 1, 1, -1, -1))].slice(4)).toEqual([0b1000_0010, 1]);
  });
});

describe("QSGD", () => {
  /** A stream that always draws the same. */
  const always = (draw: number): RandomStream => ({ ...stream(1, "test"), uint32: () => draw });
  const values = Float32Array.of(3, -4, 0, 1.5, -0.25, 2, 0, -1);
  const norm = Math.hypot(...values);

  it("gives one of the two levels beside |v| / ‖v‖ * s (section 3.1)", () => {
    for (const bits of [2, 3, 4, 8]) {
      const s = 2 ** (bits - 1) - 1;
      const level = (value: number, round: (place: number) => number) =>
        (Math.sign(value) * round((Math.abs(value) * s) / roundedUp(norm)) * roundedUp(norm)) / s + 0;
      const close = (decoded: Float32Array, round: (place: number) => number) => {
        for (const [index, value] of values.entries()) expect(decoded[index]).toBeCloseTo(level(value, round), 5);
      };
      close(there(qsgd(bits), values, always(0)), Math.ceil);
      close(there(qsgd(bits), values, always(0xffff_ffff)), Math.floor);
    }
  });

  it("is right in the mean, and varies by no more than lemma 3.1 says: min(d / s², √d / s) ‖v‖²", () => {
    const draws = 4_000;
    for (const bits of [2, 4]) {
      const s = 2 ** (bits - 1) - 1;
      const random = stream(7, "qsgd", bits);
      const sums = new Float64Array(values.length);
      let squares = 0;
      for (let draw = 0; draw < draws; draw++)
        for (const [index, value] of there(qsgd(bits), values, random).entries()) {
          sums[index] = (sums[index] ?? 0) + value;
          squares += (value - (values[index] ?? 0)) ** 2;
        }
      // A level is a Bernoulli draw: its deviation is at most half of ‖v‖ / s. Five deviations of the mean.
      const bound = (5 * norm) / (2 * s) / Math.sqrt(draws);
      for (const [index, sum] of sums.entries())
        expect(Math.abs(sum / draws - (values[index] ?? 0))).toBeLessThan(bound);
      const d = values.length;
      expect(squares / draws).toBeLessThanOrEqual(Math.min(d / s ** 2, Math.sqrt(d) / s) * norm ** 2);
      expect(squares).toBeGreaterThan(0);
    }
  });

  it("is off by less than the norm of its bucket by s, and each 512 numbers have their own", () => {
    fc.assert(
      fc.property(anyValues(2 ** 64), fc.integer({ min: 2, max: 8 }), (many, bits) => {
        const decoded = there(qsgd(bits), many);
        for (let start = 0; start < many.length; start += 512) {
          const bucket = many.subarray(start, start + 512);
          const bound = (Math.hypot(...bucket) / (2 ** (bits - 1) - 1)) * (1 + 2 ** -20);
          for (const [index, value] of bucket.entries())
            expect(Math.abs((decoded[start + index] ?? 0) - value)).toBeLessThanOrEqual(bound);
        }
      }),
    );
    const two = new Float32Array(1_024).fill(1, 0, 512).fill(1_000, 512);
    expect(Math.max(...there(qsgd(4), two).subarray(0, 512))).toBeLessThanOrEqual(Math.sqrt(512));
  });

  it("does not have a level above s", () => {
    const bytes = written(qsgd(4), Float32Array.of(1, 2));
    bytes[4] = 0xff;
    expect(() => read(qsgd(4), bytes, 2)).toThrow(failure("file_invalid"));
  });
});

describe("a scale", () => {
  it.each([
    ["NaN", Number.NaN, "update_not_finite"],
    ["infinite", Number.POSITIVE_INFINITY, "update_not_finite"],
    ["negative", -1, "file_invalid"],
    ["larger than any that is written", 2 ** 101, "file_invalid"],
  ] as const)("is refused when it is %s", (_, scale, code) => {
    for (const format of [int8, sign, qsgd(4)]) {
      const bytes = written(format, Float32Array.of(1, 2, 3));
      new DataView(bytes.buffer, bytes.byteOffset).setFloat32(0, scale, true);
      expect(() => read(format, bytes, 3)).toThrow(failure(code));
    }
  });
});
