/** Writes into memory of a fixed size, little-endian. */
export class ByteWriter {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at = 0;

  /** @param capacity bytes that are written at most */
  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get position(): number {
    return this.#at;
  }

  /** What was written from `start` on. The memory is this writer's. */
  written(start = 0): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(start, this.#at);
  }

  /** The next `count` bytes, for the caller to fill: they are zeros. */
  next(count: number): Uint8Array<ArrayBuffer> {
    const start = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.byteLength) throw new RangeError(`${this.#at} bytes do not fit`);
    return this.#bytes.subarray(start, this.#at);
  }

  float32(value: number): void {
    this.#view.setFloat32(this.#at, value, true);
    this.#at += 4;
  }

  bytes(bytes: Uint8Array): void {
    this.next(bytes.byteLength).set(bytes);
  }
}
