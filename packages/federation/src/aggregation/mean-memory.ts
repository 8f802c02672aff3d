import { floatBelow } from "../float-below.js";
import { addScaledWasm } from "../gen/add-scaled.js";

/** Values that are added at a time at most: a slice stays in the processor's cache. 512 KiB of float32. */
const SLICE = 128 * 1024;
const PAGE_BYTES = 64 * 1024;
/** WebAssembly addresses 4 GiB. */
const MOST_PAGES = 65_536;

/** From 2^52 to 2^53 the steps of float64 are 1: adding this and taking it away rounds what is within ± 2^51 to a whole number. */
const ROUNDER = 1.5 * 2 ** 52;

/** Adds `values * factor`, rounded to whole numbers, to the sums from `at` on; returns the place of a bad value, or -1. */
type AddScaled = (at: number, values: Float32Array, factor: number, maxAbs: number) => number;

/** Divides the sums from `at` on, and rounds to float32 what it puts into the slice. */
type Divide = (at: number, slice: Float32Array, divisor: number) => void;

/**
 * The accumulator of a mean, and room for the values that come in, used again round after round: 8 bytes an element, and 512 KiB.
 *
 * Both lie in the memory of a WebAssembly instance where that can be, since its SIMD instructions add four times as many
 * values in the same time; else in JavaScript's. The numbers are the same: the operations are those of IEEE 754, in one order.
 */
export class MeanMemory {
  readonly sums: Float64Array;
  /** Where values are read to before they are added: from here they are not copied again. */
  readonly slice: Float32Array<ArrayBuffer>;
  /** Whether the sums lie in WebAssembly's memory. */
  readonly isWasm: boolean;
  readonly #add: AddScaled;
  readonly #divide: Divide;

  /**
   * @param elements how many numbers a model is
   * @param options `wasm`: false for JavaScript alone
   */
  constructor(elements: number, { wasm = true }: { readonly wasm?: boolean } = {}) {
    const opened = wasm ? openWasm(elements) : undefined;
    this.isWasm = opened !== undefined;
    this.sums = opened?.sums ?? new Float64Array(elements);
    this.slice = opened?.slice ?? new Float32Array(SLICE);
    this.#add = opened?.add ?? ((at, values, factor, maxAbs) => addScaled(this.sums, at, values, factor, maxAbs));
    this.#divide = opened?.divide ?? ((at, slice, divisor) => divideSums(this.sums, at, slice, divisor));
  }

  /**
   * sums[at + i] += round(values[i] * factor), to whole numbers, ties to even.
   *
   * @returns the place among `values` of the first one that is not within `maxAbs` (NaN never is): then the sums are of no
   *   further use; -1 when there is none
   */
  add(at: number, values: Float32Array, factor: number, maxAbs: number): number {
    if (values.buffer === this.slice.buffer) return this.#add(at, values, factor, maxAbs);
    for (let from = 0; from < values.length; from += this.slice.length) {
      const part = values.subarray(from, from + this.slice.length);
      this.slice.set(part);
      const wrong = this.#add(at + from, this.slice.subarray(0, part.length), factor, maxAbs);
      if (wrong >= 0) return from + wrong;
    }
    return -1;
  }

  /** sums[start + i] / divisor, each rounded to float32 once, up to and without `end`. */
  quotients(start: number, end: number, divisor: number): Float32Array<ArrayBuffer> {
    const quotients = new Float32Array(end - start);
    for (let at = start; at < end; at += this.slice.length) {
      const part = this.slice.subarray(0, end - at);
      this.#divide(at, part, divisor);
      quotients.set(part, at - start);
    }
    return quotients;
  }
}

interface Wasm {
  readonly sums: Float64Array;
  readonly slice: Float32Array<ArrayBuffer>;
  readonly add: AddScaled;
  readonly divide: Divide;
}

let compiled: WebAssembly.Module | undefined;

/** Undefined where there is no SIMD, or the model is too large for the memory of an instance. */
function openWasm(elements: number): Wasm | undefined {
  const sliceStart = Math.ceil((elements * 8) / 16) * 16;
  const pages = Math.ceil((sliceStart + SLICE * 4) / PAGE_BYTES);
  if (pages > MOST_PAGES) return undefined;
  try {
    compiled ??= new WebAssembly.Module(Uint8Array.from(atob(addScaledWasm), (char) => char.charCodeAt(0)));
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const { addScaled, divideSums } = new WebAssembly.Instance(compiled, { env: { memory } }).exports;
    if (typeof addScaled !== "function" || typeof divideSums !== "function") return undefined;
    const { buffer } = memory;
    return {
      sums: new Float64Array(buffer, 0, elements),
      slice: new Float32Array(buffer, sliceStart, SLICE),
      add: (at, { byteOffset, length }, factor, maxAbs) =>
        addScaled(at * 8, byteOffset, length, factor, ROUNDER, floatBelow(maxAbs)),
      divide: (at, { byteOffset, length }, divisor) => divideSums(at * 8, byteOffset, length, divisor),
    };
  } catch {
    return undefined;
  }
}

/** Five times as fast as with Math.round. */
function addScaled(sums: Float64Array, at: number, values: Float32Array, factor: number, maxAbs: number): number {
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (!(Math.abs(value) <= maxAbs)) return index;
    sums[at + index] = (sums[at + index] as number) + (value * factor + ROUNDER - ROUNDER);
  }
  return -1;
}

function divideSums(sums: Float64Array, at: number, slice: Float32Array, divisor: number): void {
  // A loop, because Float32Array.from with a function takes fifty times as long.
  for (let index = 0; index < slice.length; index++) slice[index] = (sums[at + index] as number) / divisor;
}
