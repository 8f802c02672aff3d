import { stream } from "@tributary/protocol";

/** Changes one bit of a byte now and then, one byte in `every` on average: how far it is to the next is drawn from the seed. */
export class Corruption {
  readonly #random;
  #left: number;

  constructor(
    private readonly every: number,
    seed: number,
  ) {
    this.#random = stream(seed, "corruption");
    this.#left = this.#gap();
  }

  /** Changes bytes in place. @returns how many */
  spoil(bytes: Uint8Array): number {
    let spoiled = 0;
    let place = this.#left;
    for (; place < bytes.byteLength; place += 1 + this.#gap()) {
      bytes[place] = (bytes[place] ?? 0) ^ (1 << this.#random.below(8));
      spoiled += 1;
    }
    this.#left = place - bytes.byteLength;
    return spoiled;
  }

  /** Bytes that stay as they are before the next one: geometrically distributed, as of independent bytes. */
  #gap(): number {
    return Math.floor(Math.log(1 - this.#random.uniform()) / Math.log1p(-1 / this.every));
  }
}
