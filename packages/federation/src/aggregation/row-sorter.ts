import { sortRowsWasm } from "../gen/sort-rows.js";
import { sortingNetwork } from "./sorting-network.js";

const PAGE_BYTES = 64 * 1024;
/** Numbers of all rows together that are sorted at a time, about: they stay in the processor's cache. */
const BLOCK = 64 * 1024;
/** Numbers of a row at least: the kernel does so many at once. */
const LEAST = 16;

/**
 * Sorts what stands in one place of all rows, for every place, by a sorting network: SIMD instructions compare four places at
 * once, ten times as fast as JavaScript, which does it where there is no WebAssembly. The values are the same, but for the
 * sign of zeros.
 */
export class RowSorter {
  readonly #network: Int32Array;
  readonly #wasm: Wasm | undefined;

  /**
   * @param count how many rows there are
   * @param ranks those that are wanted, from the first up to and without the second
   * @param options `wasm`: false for JavaScript alone
   */
  constructor(
    count: number,
    private readonly ranks: readonly [from: number, to: number],
    { wasm = true }: { readonly wasm?: boolean } = {},
  ) {
    this.#network = sortingNetwork(count, ranks);
    this.#wasm = wasm ? openWasm(count, this.#network) : undefined;
  }

  /** Brings the rows of the wanted ranks into ascending order, in place, and returns them. What the others hold is of no use then. */
  sort(rows: readonly Float32Array[]): Float32Array[] {
    if (this.#wasm) this.#wasm.sort(rows, this.ranks);
    else sortRows(rows, this.#network);
    return rows.slice(...this.ranks);
  }
}

interface Wasm {
  sort(rows: readonly Float32Array[], ranks: readonly [number, number]): void;
}

let compiled: WebAssembly.Module | undefined;

function openWasm(count: number, network: Int32Array): Wasm | undefined {
  const block = 2 ** Math.floor(Math.log2(Math.max(LEAST, BLOCK / Math.max(1, count))));
  const networkStart = count * block * 4;
  const pages = Math.ceil((networkStart + network.byteLength) / PAGE_BYTES);
  try {
    compiled ??= new WebAssembly.Module(Uint8Array.from(atob(sortRowsWasm), (char) => char.charCodeAt(0)));
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const { sortRows } = new WebAssembly.Instance(compiled, { env: { memory } }).exports;
    if (typeof sortRows !== "function") return undefined;
    new Int32Array(memory.buffer, networkStart, network.length).set(network);
    const values = new Float32Array(memory.buffer, 0, count * block);
    return {
      sort(rows, [from, to]) {
        const length = rows[0]?.length ?? 0;
        for (let start = 0; start < length; start += block) {
          for (const [index, row] of rows.entries()) values.set(row.subarray(start, start + block), index * block);
          sortRows(0, block * 4, networkStart, network.length / 2);
          for (const [index, row] of rows.slice(from, to).entries()) {
            const at = (from + index) * block;
            row.set(values.subarray(at, at + Math.min(block, length - start)), start);
          }
        }
      },
    };
  } catch {
    return undefined;
  }
}

function sortRows(rows: readonly Float32Array[], network: Int32Array): void {
  for (let pair = 0; pair < network.length; pair += 2) {
    const [low, high] = [rows[network[pair] as number], rows[network[pair + 1] as number]];
    if (low !== undefined && high !== undefined) exchange(low, high);
  }
}

function exchange(low: Float32Array, high: Float32Array): void {
  for (let index = 0; index < low.length; index++) {
    const [a, b] = [low[index] as number, high[index] as number];
    if (a <= b) continue;
    low[index] = b;
    high[index] = a;
  }
}
