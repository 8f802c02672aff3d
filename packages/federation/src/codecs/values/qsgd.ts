import { BitReader, BitWriter } from "../bits.js";
import { damaged } from "../refusals.js";
import type { ValueFormat } from "./value-format.js";
import { roundedUp } from "./views.js";

/** Numbers that share a norm. Alistarh et al. 2017, section 4: the smaller, the smaller the variance. */
const BUCKET = 512;

/**
 * QSGD (Alistarh et al. 2017, section 3.1): in buckets of 512 numbers, each becomes ‖v‖₂ · sign(v) · ξ / s, where ξ is one of the whole
 * numbers beside |v| / ‖v‖₂ · s, drawn so that its mean is that: Q(v) is unbiased, but for the draw's 2^-32. s = 2^(bits - 1) - 1 levels.
 * A number is off by less than ‖v‖₂ / s, and E‖Q(v) - v‖² ≤ min(d / s², √d / s) ‖v‖² (lemma 3.1).
 *
 * A bucket is its norm (float32) and `bits` bits a number: s + level. In place of Elias codes, which are smaller where almost
 * all levels are 0, the width is fixed, so that the size depends on nothing; deflate can follow.
 *
 * @param bits 2 to 8
 */
export function qsgd(bits: number): ValueFormat {
  const levels = 2 ** (bits - 1) - 1;
  const packed = (count: number) => Math.ceil((count * bits) / 8);
  return {
    bytes: (count) =>
      4 * Math.ceil(count / BUCKET) + Math.floor(count / BUCKET) * packed(BUCKET) + packed(count % BUCKET),
    write(values, to, random) {
      for (let start = 0; start < values.length; start += BUCKET) {
        const bucket = values.subarray(start, start + BUCKET);
        const norm = roundedUp(normOf(bucket));
        to.float32(norm);
        const codes = new BitWriter(to.next(packed(bucket.length)));
        for (let index = 0; index < bucket.length; index++) {
          const value = bucket[index] as number;
          const place = norm === 0 ? 0 : (Math.abs(value) * levels) / norm;
          const below = Math.floor(place);
          const level = random.uint32() < (place - below) * 2 ** 32 ? below + 1 : below;
          codes.write(value < 0 ? levels - level : levels + level, bits);
        }
        codes.end();
      }
    },
    read(from, into) {
      for (let start = 0; start < into.length; start += BUCKET) {
        const bucket = into.subarray(start, start + BUCKET);
        const step = from.scale() / levels;
        const codes = new BitReader(from.next(packed(bucket.length)));
        for (let index = 0; index < bucket.length; index++) {
          const level = codes.read(bits) - levels;
          if (level > levels) throw damaged(`number ${start + index} is on level ${level}, ${levels} at most`);
          bucket[index] = level * step;
        }
        codes.end();
      }
    },
  };
}

function normOf(values: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += (values[index] as number) ** 2;
  return Math.sqrt(sum);
}
