import { damaged, notFinite } from "./refusals.js";

/** A scale above this was written by no encoder: it takes no values above 2^64. */
const MAX_SCALE = 2 ** 100;

/** Reads what a `ByteWriter` wrote. It allocates nothing that the bytes ask for. */
export class ByteReader {
  readonly #view: DataView;
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next `count` bytes, where they are. @throws TributaryError `file_invalid` when there are fewer */
  next(count: number): Uint8Array {
    const start = this.#at;
    const left = this.bytes.byteLength - start;
    if (count > left) throw damaged(`${count} bytes are wanted at byte ${start}, and ${left} are left`);
    this.#at += count;
    return this.bytes.subarray(start, this.#at);
  }

  /** All that has not been read. It stays unread. */
  rest(): Uint8Array {
    return this.bytes.subarray(this.#at);
  }

  /** A copy of the next bytes, so that it lies at a multiple of any width. */
  copy(count: number): ArrayBuffer {
    return new Uint8Array(this.next(count)).buffer;
  }

  /** A scale, a norm or a mean magnitude: 0 or above. @throws TributaryError `file_invalid`, `update_not_finite` */
  scale(): number {
    const at = this.#at;
    this.next(4);
    const value = this.#view.getFloat32(at, true);
    if (!Number.isFinite(value)) throw notFinite(`the scale at byte ${at} is ${value}`);
    if (!(value >= 0 && value <= MAX_SCALE)) throw damaged(`the scale at byte ${at} is ${value}`);
    return value;
  }

  /** @throws TributaryError `file_invalid` when bytes are left */
  end(): void {
    const left = this.bytes.byteLength - this.#at;
    if (left > 0) throw damaged(`${left} bytes are left over`);
  }
}
