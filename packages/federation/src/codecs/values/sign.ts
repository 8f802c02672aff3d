import type { ValueFormat } from "./value-format.js";
import { bitsOf } from "./views.js";

/**
 * Signs times the mean magnitude, a bit a number and 4 bytes for the mean: C(x) = ‖x‖₁ / d · sign(x) (Karimireddy et al. 2019, "Error
 * Feedback Fixes SignSGD", algorithm 1). 0 counts as positive. After topk it is sparse ternary compression (Sattler et al. 2019).
 *
 * Bit i % 8 of byte ⌊i / 8⌋ is 1 where number i is negative.
 */
export const sign: ValueFormat = {
  bytes: (count) => 4 + Math.ceil(count / 8),
  write(values, to) {
    let sum = 0;
    for (let index = 0; index < values.length; index++) sum += Math.abs(values[index] as number);
    to.float32(values.length === 0 ? 0 : sum / values.length);
    const packed = to.next(Math.ceil(values.length / 8));
    const bits = bitsOf(values);
    let byte = 0;
    for (let index = 0; index < bits.length; index++) {
      byte |= ((bits[index] as number) >>> 31) << (index & 7);
      if ((index & 7) !== 7) continue;
      packed[index >>> 3] = byte;
      byte = 0;
    }
    if (bits.length % 8 > 0) packed[packed.length - 1] = byte;
  },
  read(from, into) {
    const scale = from.scale();
    const packed = from.next(Math.ceil(into.length / 8));
    for (let index = 0; index < into.length; index++)
      into[index] = ((packed[index >>> 3] as number) >>> (index & 7)) & 1 ? -scale : scale;
  },
};
