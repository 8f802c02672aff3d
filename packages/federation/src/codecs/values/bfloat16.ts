import type { ValueFormat } from "./value-format.js";
import { bitsOf } from "./views.js";

/**
 * The upper half of a float32, 2 bytes a number, rounded to nearest, ties to even. Off by at most 2^-8 of the number (2^-134
 * below 2^-126). Its range is float32's, so nothing overflows.
 */
export const bfloat16: ValueFormat = {
  bytes: (count) => 2 * count,
  write(values, to) {
    const bits = bitsOf(values);
    const halves = new Uint16Array(bits.length);
    for (let index = 0; index < bits.length; index++) {
      const all = bits[index] as number;
      // Half of the last kept bit, less a little where that bit is even: a tie then stays below.
      halves[index] = (all + 0x7fff + ((all >>> 16) & 1)) >>> 16;
    }
    to.bytes(new Uint8Array(halves.buffer));
  },
  read(from, into) {
    const halves = new Uint16Array(from.copy(2 * into.length));
    const bits = bitsOf(into);
    for (let index = 0; index < halves.length; index++) bits[index] = (halves[index] as number) << 16;
  },
};
