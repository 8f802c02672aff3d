import { floatBelow } from "../float-below.js";
import { withinWasm } from "../gen/within.js";

/** Values that are looked at at a time: 1 MiB. */
const SLICE = 256 * 1024;
const PAGE_BYTES = 64 * 1024;

/**
 * Tells whether values are finite and within bounds. Its slice lies in the memory of a WebAssembly instance where that can
 * be: what is read to there is looked through eight times as fast as by JavaScript, which does it where there is no SIMD.
 */
export class BoundsCheck {
  /** Where values are read to, 1 MiB. */
  readonly slice: Float32Array<ArrayBuffer>;
  readonly #wasm: AreWithin | undefined;

  /** @param options `wasm`: false for JavaScript alone */
  constructor({ wasm = true }: { readonly wasm?: boolean } = {}) {
    const opened = wasm ? openWasm() : undefined;
    this.slice = opened?.slice ?? new Float32Array(SLICE);
    this.#wasm = opened?.areWithin;
  }

  /** Whether the slice lies in WebAssembly's memory. */
  get isWasm(): boolean {
    return this.#wasm !== undefined;
  }

  /** Whether no value's absolute value is above `maxAbs`, and none is NaN. */
  areWithin(values: Float32Array, maxAbs: number): boolean {
    if (this.#wasm !== undefined && values.buffer === this.slice.buffer) return this.#wasm(values, maxAbs);
    return areWithin(values, maxAbs);
  }
}

/** Without comparing every value, which takes longer. */
function areWithin(values: Float32Array, maxAbs: number): boolean {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const most = new Int32Array(Float32Array.of(floatBelow(maxAbs)).buffer)[0] ?? 0;
  // Without their sign, float32 are in the order of their bits, NaN above all: one that is too large makes a negative number.
  let signs = 0;
  for (let index = 0; index < bits.length; index++) signs |= most - ((bits[index] as number) & 0x7fff_ffff);
  return signs >= 0;
}

type AreWithin = (values: Float32Array, maxAbs: number) => boolean;

let compiled: WebAssembly.Module | undefined;

function openWasm(): { readonly slice: Float32Array<ArrayBuffer>; readonly areWithin: AreWithin } | undefined {
  const pages = (SLICE * 4) / PAGE_BYTES;
  try {
    compiled ??= new WebAssembly.Module(Uint8Array.from(atob(withinWasm), (char) => char.charCodeAt(0)));
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const { areWithin } = new WebAssembly.Instance(compiled, { env: { memory } }).exports;
    if (typeof areWithin !== "function") return undefined;
    return {
      slice: new Float32Array(memory.buffer, 0, SLICE),
      areWithin: ({ byteOffset, length }, maxAbs) => areWithin(byteOffset, length, floatBelow(maxAbs)) === 1,
    };
  } catch {
    return undefined;
  }
}
