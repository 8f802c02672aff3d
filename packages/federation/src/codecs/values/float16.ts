import { TributaryError } from "@tributary/protocol";
import { notFinite } from "../refusals.js";
import type { ValueFormat } from "./value-format.js";
import { bitsOf } from "./views.js";

/** All ones in a float16's exponent: infinity and NaN. */
const EXPONENT = 0x7c00;
/** The bits of 65520, the least float32 that rounds to more than float16's largest number, 65504. */
const TOO_LARGE = 0x477f_f000;
/** The bits of 2^-14, the least number that float16 has with all its digits. */
const LEAST_NORMAL = 0x3880_0000;
/** 1.0's exponent is 127 in float32 and 15 in float16. */
const REBIAS = (127 - 15) << 10;
/** Added to a number below 2^52 and taken off again, it leaves a whole number: the nearest, of two the even one. */
const ROUNDER = 2 ** 52;

/**
 * IEEE 754's binary16, 2 bytes a number, rounded to nearest, ties to even. Off by at most 2^-11 of the number (2^-25 below
 * 2^-14). What would round to more than 65504 is refused, not saturated: nothing is lost without a word.
 */
export const float16: ValueFormat = {
  bytes: (count) => 2 * count,
  write(values, to) {
    const bits = bitsOf(values);
    const halves = new Uint16Array(bits.length);
    for (let index = 0; index < bits.length; index++) {
      const all = bits[index] as number;
      const magnitude = all & 0x7fff_ffff;
      if (magnitude >= TOO_LARGE) throw overflow(values[index] as number);
      const half =
        magnitude < LEAST_NORMAL
          ? Math.abs(values[index] as number) * 2 ** 24 + ROUNDER - ROUNDER
          : ((magnitude + 0xfff + ((magnitude >>> 13) & 1)) >>> 13) - REBIAS;
      halves[index] = ((all >>> 16) & 0x8000) | half;
    }
    to.bytes(new Uint8Array(halves.buffer));
  },
  read(from, into) {
    const halves = new Uint16Array(from.copy(2 * into.length));
    const bits = bitsOf(into);
    for (let index = 0; index < halves.length; index++) {
      const half = halves[index] as number;
      if ((half & EXPONENT) === EXPONENT) throw notFinite(`number ${index} of a list is not finite`);
      bits[index] = ((half & 0x8000) << 16) | ((half & 0x7fff) << 13);
    }
    // The exponents are 112 too low; numbers below float16's normal ones are so below float32's, and become right, too.
    for (let index = 0; index < into.length; index++) into[index] = (into[index] as number) * 2 ** 112;
  },
};

const overflow = (value: number) =>
  new TributaryError("update_out_of_range", `${value} is more than float16 holds, 65504`, {
    hint: "Use bfloat16 or int8, or lower the learning rate.",
  });
