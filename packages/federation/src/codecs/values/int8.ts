import { damaged } from "../refusals.js";
import type { ValueFormat } from "./value-format.js";
import { roundedUp } from "./views.js";

/** Added to a number below 2^51 and taken off again, it leaves a whole number: the nearest, of two the even one. */
const ROUNDER = 1.5 * 2 ** 52;

/**
 * Symmetric int8, a byte a number and 4 for the scale: scale = max|x| / 127, q = round(x / scale) from -127 to 127, x' = q * scale.
 * Off by at most scale / 2. The scale is rounded up to float32, so that no q passes 127.
 */
export const int8: ValueFormat = {
  bytes: (count) => 4 + count,
  write(values, to) {
    let most = 0;
    for (let index = 0; index < values.length; index++) {
      const magnitude = Math.abs(values[index] as number);
      if (magnitude > most) most = magnitude;
    }
    const scale = roundedUp(most / 127);
    to.float32(scale);
    const { buffer, byteOffset, length } = to.next(values.length);
    if (scale === 0) return;
    const steps = new Int8Array(buffer, byteOffset, length);
    for (let index = 0; index < length; index++) steps[index] = (values[index] as number) / scale + ROUNDER - ROUNDER;
  },
  read(from, into) {
    const scale = from.scale();
    const { buffer, byteOffset, length } = from.next(into.length);
    const steps = new Int8Array(buffer, byteOffset, length);
    for (let index = 0; index < length; index++) {
      const step = steps[index] as number;
      if (step === -128) throw damaged(`number ${index} is -128 steps, 127 at most`);
      into[index] = step * scale;
    }
  },
};
