import type { LaidParameter } from "@tributary/federation";
import { type BlobFolder, elementCount, encodeParameterHeader, readFully, TributaryError } from "@tributary/protocol";

/** A parameter of an encoded set. */
export interface LayoutEntry extends Pick<LaidParameter, "name" | "buffer"> {
  readonly shape: readonly number[];
  /** Whether its values are of the vector; others are passed over. */
  readonly counts: boolean;
}

interface Place extends LaidParameter {
  /** Where its first value is in the vector. */
  readonly start: number;
  /** Where its first byte is in the blob. */
  readonly byte: number;
}

/** Where the values of a vector lie in a blob that `encodeParameters` would write, so that any part of it can be read. */
export class VectorLayout {
  /** How many numbers the vector has. */
  readonly elements: number;
  readonly #places: readonly Place[];
  readonly #bytes: number;
  readonly #names: ReadonlySet<string>;

  constructor(entries: readonly LayoutEntry[]) {
    const places: Place[] = [];
    let [start, byte] = [0, 0];
    for (const { name, shape, buffer, counts } of entries) {
      const elements = elementCount(shape);
      byte += encodeParameterHeader(name, shape).byteLength;
      if (counts) places.push({ name, elements, buffer, start, byte });
      if (counts) start += elements;
      byte += elements * 4;
    }
    this.elements = start;
    this.#places = places;
    this.#bytes = byte;
    this.#names = new Set(places.map(({ name }) => name));
  }

  /** Whether a parameter's values are of the vector. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  get parameters(): readonly LaidParameter[] {
    return this.#places;
  }

  /**
   * The values from `start` up to and without `end`, in memory of their own.
   *
   * @throws TributaryError `blob_unknown`, `store_failed`; `update_shape_mismatch` when the blob is of another size
   */
  async read(blobs: BlobFolder, digest: string, start: number, end: number): Promise<Float32Array> {
    await using blob = await blobs.openRead(digest);
    if (blob.size !== this.#bytes)
      throw new TributaryError("update_shape_mismatch", `a blob has ${blob.size} bytes, ${this.#bytes} are wanted`);
    const values = new Float32Array(end - start);
    for (let index = this.#firstAfter(start); index < this.#places.length; index++) {
      const place = this.#places[index];
      if (place === undefined || place.start >= end) break;
      const from = Math.max(start, place.start);
      const to = Math.min(end, place.start + place.elements);
      const bytes = new Uint8Array(values.buffer, (from - start) * 4, (to - from) * 4);
      await readFully(blob, bytes, place.byte + (from - place.start) * 4);
    }
    return values;
  }

  /** The first parameter that ends after a place of the vector. */
  #firstAfter(start: number): number {
    let [low, high] = [0, this.#places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const place = this.#places[middle];
      if (place !== undefined && place.start + place.elements <= start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
