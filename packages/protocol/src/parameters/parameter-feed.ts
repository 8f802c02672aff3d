import { TributaryError } from "../errors.js";
import { EntryReader, HEADER_BYTES } from "./entry-reader.js";

/** What is met in an encoded `ParameterSet` that comes in pieces. */
export interface FedParameters {
  /** The next parameter begins. */
  parameter(name: string, shape: readonly number[]): void;
  /** Its values in order, one or more at a time. They are valid until this returns: their memory is used again. */
  values(values: Float32Array): void;
}

const VALUE_BYTES = 4;

/**
 * Walks through an encoded `ParameterSet` as it arrives, in pieces of any length: what `walkParameters` finds, `push` and `end`
 * find. Nothing of it is kept, besides a header and a value that stand in two pieces.
 */
export class ParameterFeed {
  readonly #entries: EntryReader;
  /** The begin of the next entry, as far as it came. */
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerBytes = 0;
  /** Where the next entry begins. */
  #start = 0;
  /** Bytes of the present parameter's values that are still to come. */
  #left = 0;
  /** The begin of a value. */
  readonly #cut = new Uint8Array(VALUE_BYTES);
  #cutBytes = 0;

  /**
   * @param size bytes of the whole set
   * @param slice memory that values are copied to before they are shown, one or more at a time; others may use it between the calls
   */
  constructor(
    private readonly size: number,
    private readonly slice: Float32Array<ArrayBuffer>,
    private readonly to: FedParameters,
  ) {
    this.#entries = new EntryReader(size);
  }

  /**
   * The next bytes of the set.
   *
   * @throws TributaryError `file_invalid`, `update_dtype_mismatch`, `update_shape_mismatch` naming the parameter, and what the
   *   receiver throws; then the feed is of no further use
   */
  push(bytes: Uint8Array): void {
    for (let rest = bytes; rest.byteLength > 0; ) rest = this.#left > 0 ? this.#values(rest) : this.#entry(rest);
  }

  /** All has come. @throws TributaryError `file_invalid` when something is missing */
  end(): void {
    if (this.#start !== this.size || this.#left > 0)
      throw new TributaryError("file_invalid", `the content is cut off: ${this.size} bytes are wanted`);
  }

  /** @returns what is not part of the header */
  #entry(bytes: Uint8Array): Uint8Array {
    const wanted = Math.min(HEADER_BYTES, this.size - this.#start);
    if (wanted === 0) throw new TributaryError("file_invalid", `more than ${this.size} bytes came`);
    const part = bytes.subarray(0, wanted - this.#headerBytes);
    this.#header.set(part, this.#headerBytes);
    this.#headerBytes += part.byteLength;
    const behind = bytes.subarray(part.byteLength);
    if (this.#headerBytes < wanted) return behind;
    const { name, shape, dataStart, dataEnd } = this.#entries.read(this.#header.subarray(0, wanted), this.#start);
    const surplus = wanted - (dataStart - this.#start);
    this.#headerBytes = 0;
    this.#start = dataEnd;
    this.#left = dataEnd - dataStart;
    this.to.parameter(name, shape);
    if (surplus <= part.byteLength) return bytes.subarray(part.byteLength - surplus);
    // The header ended in an earlier piece.
    return Buffer.concat([this.#header.subarray(wanted - surplus, wanted), behind]);
  }

  /** @returns what is behind the parameter's values */
  #values(bytes: Uint8Array): Uint8Array {
    const values = bytes.subarray(0, this.#left);
    const memory = new Uint8Array(this.slice.buffer, this.slice.byteOffset, this.slice.byteLength);
    for (let at = 0; at < values.byteLength; ) {
      memory.set(this.#cut.subarray(0, this.#cutBytes));
      const part = values.subarray(at, at + memory.byteLength - this.#cutBytes);
      memory.set(part, this.#cutBytes);
      const held = this.#cutBytes + part.byteLength;
      this.#cutBytes = held % VALUE_BYTES;
      this.#cut.set(memory.subarray(held - this.#cutBytes, held));
      if (held >= VALUE_BYTES) this.to.values(this.slice.subarray(0, Math.floor(held / VALUE_BYTES)));
      at += part.byteLength;
    }
    this.#left -= values.byteLength;
    return bytes.subarray(values.byteLength);
  }
}
