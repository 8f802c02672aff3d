import { damaged } from "./refusals.js";

/** Writes bits into bytes, the lowest first. The bytes must be zeros. */
export class BitWriter {
  #waiting = 0;
  #count = 0;
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** @param count 0 to 24; `value` has no other bits */
  write(value: number, count: number): void {
    this.#waiting |= value << this.#count;
    this.#count += count;
    while (this.#count >= 8) {
      this.bytes[this.#at++] = this.#waiting;
      this.#waiting >>>= 8;
      this.#count -= 8;
    }
  }

  /** Fills up the last byte with zeros; returns how many bytes were written. */
  end(): number {
    if (this.#count > 0) this.bytes[this.#at++] = this.#waiting;
    this.#waiting = 0;
    this.#count = 0;
    return this.#at;
  }
}

/** Reads what a `BitWriter` wrote. */
export class BitReader {
  #waiting = 0;
  #count = 0;
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** @param count 0 to 24. @throws TributaryError `file_invalid` when there are fewer */
  read(count: number): number {
    while (this.#count < count) this.#fill();
    const value = this.#waiting & ((1 << count) - 1);
    this.#waiting >>>= count;
    this.#count -= count;
    return value;
  }

  /** How many ones there are up to the next zero, which is read, too. @throws TributaryError `file_invalid` when above `most` */
  ones(most: number): number {
    let ones = 0;
    for (;;) {
      if (this.#count === 0) this.#fill();
      const here = Math.min(31 - Math.clz32(~this.#waiting & -~this.#waiting), this.#count);
      ones += here;
      if (ones > most) throw damaged(`more than ${most} ones in a row`);
      if (here < this.#count) {
        this.#waiting >>>= here + 1;
        this.#count -= here + 1;
        return ones;
      }
      this.#waiting = 0;
      this.#count = 0;
    }
  }

  #fill(): void {
    const byte = this.bytes[this.#at++];
    if (byte === undefined) throw damaged("it is cut off");
    this.#waiting |= byte << this.#count;
    this.#count += 8;
  }

  /** How many bytes were read. @throws TributaryError `file_invalid` when what fills up the last byte is not zeros */
  end(): number {
    if (this.#waiting !== 0) throw damaged("bits are left over");
    return this.#at;
  }
}
