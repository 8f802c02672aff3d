import { TributaryError } from "../errors.js";
import { oneLine } from "../one-line.js";
import { v1 } from "../proto.js";
import { elementCount } from "./parameter.js";

/** More bytes than any header has that is taken: name, shape, and a few tags and lengths. */
export const HEADER_BYTES = 2_048;

const LIMITS = { parameters: 100_000, nameBytes: 1_024, dimensions: 16 } as const;

/** One parameter of an encoded `ParameterSet`. Positions are bytes from the begin of the set. */
export interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dataStart: number;
  /** Where its data ends, and the next entry begins. */
  readonly dataEnd: number;
}

/**
 * Reads the headers of an encoded `ParameterSet`, one after the other. Of all encodings that protocol buffers allow for a
 * set it takes one, the one that `encodeParameters` writes: every field of tensor.proto once, in the order of their
 * numbers, integers as short as they can be, no other field; names unlike each other. So a set has one digest.
 *
 * Nothing is allocated by a length that has not been compared with the size of the set.
 * Source: https://protobuf.dev/programming-guides/encoding
 */
export class EntryReader {
  readonly #names = new Set<string>();

  /** @param size bytes of the whole set */
  constructor(private readonly size: number) {}

  /**
   * @param bytes what stands from `start` on, `HEADER_BYTES` of it or what there is
   * @throws TributaryError `file_invalid`, `update_dtype_mismatch`, `update_shape_mismatch`
   */
  read(bytes: Uint8Array, start: number): Entry {
    if (this.#names.size === LIMITS.parameters) throw invalid(`more than ${LIMITS.parameters} parameters`);
    const entry = readHeader(new WireReader(bytes, start), this.size);
    if (this.#names.has(entry.name)) throw invalid(`two parameters are named ${oneLine(entry.name, 80)}`);
    this.#names.add(entry.name);
    return entry;
  }
}

function readHeader(wire: WireReader, size: number): Entry {
  const end = wire.length(1, size);
  const name = wire.text(wire.length(1, end));
  const shown = oneLine(name, 80);
  if (wire.length(2, end) !== end) throw invalid(`the tensor of ${shown} does not fill its entry`);
  wire.tag(1, VARINT);
  if (wire.varint() !== v1.DType.DTYPE_FLOAT32)
    throw new TributaryError("update_dtype_mismatch", `${shown}: expected float32`);
  const shape = wire.isNext(2, LENGTH_DELIMITED) ? readShape(wire, end, shown) : [];
  // Nothing is written for no values.
  if (wire.position < end && wire.length(3, end) !== end) throw invalid(`the data of ${shown} does not fill its entry`);
  const dataStart = wire.position;
  const bytes = end - dataStart;
  if (bytes !== elementCount(shape) * 4)
    throw new TributaryError("update_shape_mismatch", `${shown}: ${bytes} bytes do not fill [${shape}]`);
  return { name, shape, dataStart, dataEnd: end };
}

function readShape(wire: WireReader, limit: number, owner: string): number[] {
  const end = wire.length(2, limit);
  const shape: number[] = [];
  while (wire.position < end) {
    if (shape.length === LIMITS.dimensions) throw invalid(`${owner} has more than ${LIMITS.dimensions} dimensions`);
    shape.push(wire.varint());
  }
  if (wire.position !== end) throw invalid(`the shape of ${owner} does not fill its field`);
  return shape;
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;

class WireReader {
  #at = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly start: number,
  ) {}

  /** How far it has been read, in bytes from the begin of the set. */
  get position(): number {
    return this.start + this.#at;
  }

  /** Whether this field follows. Its tag takes one byte. */
  isNext(field: number, wireType: number): boolean {
    return this.bytes[this.#at] === ((field << 3) | wireType);
  }

  tag(field: number, wireType: number): void {
    if (!this.isNext(field, wireType)) throw invalid(`field ${field} is expected at byte ${this.position}`);
    this.#at += 1;
  }

  /** The begin of a length-delimited field, which is never empty; returns where it ends. */
  length(field: number, limit: number): number {
    this.tag(field, LENGTH_DELIMITED);
    const length = this.varint();
    if (length === 0) throw invalid(`field ${field} is empty at byte ${this.position}`);
    const end = this.position + length;
    if (end > limit) throw invalid(`field ${field} runs ${end - limit} bytes out of its frame`);
    return end;
  }

  /** An unsigned integer of 32 bits. */
  varint(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 28; factor *= 128) {
      const byte = this.bytes[this.#at];
      if (byte === undefined) throw invalid("a header is cut off or too long");
      this.#at += 1;
      value += (byte & 127) * factor;
      if (byte >= 128) continue;
      if (value >= 2 ** 32 || (byte === 0 && factor > 1)) break;
      return value;
    }
    throw invalid(`no shortest integer of 32 bits ends at byte ${this.position}`);
  }

  text(end: number): string {
    const length = end - this.position;
    if (length > LIMITS.nameBytes) throw invalid(`a name has ${length} bytes, ${LIMITS.nameBytes} at most`);
    const bytes = this.bytes.subarray(this.#at, this.#at + length);
    if (bytes.byteLength < length) throw invalid("a header is cut off or too long");
    this.#at += length;
    try {
      return utf8.decode(bytes);
    } catch (cause) {
      throw new TributaryError("file_invalid", "not a parameter set: a name is not UTF-8", { cause });
    }
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const invalid = (message: string) => new TributaryError("file_invalid", `not a parameter set: ${message}`);
