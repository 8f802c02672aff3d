import { sha256 } from "@noble/hashes/sha2.js";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/** A seeded stream of random numbers with a name: `stream(job.seed, "shuffle", round, worker)`. */
export interface RandomStream {
  /** The next 32 random bits as an unsigned integer. */
  uint32(): number;
  /** Uniform on [0, 1), a multiple of 2^-53. */
  uniform(): number;
  /** Uniform integer on [0, bound), without bias. `bound` is from 1 to 2^32. */
  below(bound: number): number;
  /** Normal with mean 0 and deviation 1 (Box and Muller, 1958). */
  normal(): number;
  /** Shuffles in place (Fisher and Yates) and returns the same array. */
  shuffle<T extends unknown[] | Int32Array | Uint32Array>(items: T): T;
}

/**
 * The stream of this seed and name. It gives the same numbers on every machine, whatever was drawn from other streams.
 *
 * Seed and name are written as a JSON list and hashed with SHA-256; the first 16 bytes are the state of xoroshiro128+
 * (Blackman and Vigna, 2018), of whose sums the lower 32 bits are drawn.
 *
 * @param seed an integer from 0 to 2^53 - 1
 * @param name the use, from the general to the special; the number 1 and the text "1" are unlike
 */
export function stream(seed: number, ...name: readonly (string | number)[]): RandomStream {
  const digest = sha256(new TextEncoder().encode(JSON.stringify([seed, ...name])));
  const view = new DataView(digest.buffer, digest.byteOffset);
  const generator = xoroshiro128plusFromState([
    view.getInt32(0, true),
    view.getInt32(4, true),
    view.getInt32(8, true),
    view.getInt32(12, true),
  ]);
  const uint32 = () => generator.next() >>> 0;
  const uniform = () => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) * 2 ** -53;
  const below = (bound: number) => {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32)
      throw new RangeError(`a bound is an integer from 1 to 2^32, not ${bound}`);
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let draw = uint32();
    while (draw >= limit) draw = uint32();
    return draw % bound;
  };
  let spare: number | undefined;
  return {
    uint32,
    uniform,
    below,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    shuffle(items) {
      for (let i = items.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [items[i], items[j]] = [items[j], items[i]];
      }
      return items;
    },
  };
}
