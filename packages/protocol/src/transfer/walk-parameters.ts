import { TributaryError } from "../errors.js";
import { elementCount } from "../parameters.js";
import { v1 } from "../proto.js";

/** Bytes to walk through: an open blob, or memory. */
export interface ByteSource {
  readonly size: number;
  /** Fills `target` from `position` on; returns how many bytes there were. */
  readInto(target: Uint8Array, position: number): Promise<number>;
}

export interface WalkedParameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Its values in order. A slice is valid until the next one is asked for: its memory is used again. */
  slices(): AsyncGenerator<Float32Array>;
}

const LIMITS = { parameters: 100_000, nameBytes: 1_024, dimensions: 16, header: 4_096 } as const;
const SLICE_BYTES = 1024 * 1024;

/** Memory for the slices of one walk at a time. */
export const newSlice = (): Float32Array<ArrayBuffer> => new Float32Array(SLICE_BYTES / 4);

const invalid = (message: string) => new TributaryError("file_invalid", `not a parameter set: ${message}`);

/**
 * Walks through an encoded `ParameterSet` parameter by parameter, a slice of at most 1 MiB in memory at a time. Takes exactly
 * what `encodeParameters` writes: fields in the order of their numbers, float32 data that fills the shape.
 *
 * @param slice memory of an earlier walk, to be used again
 * @throws TributaryError `file_invalid`, `update_dtype_mismatch`, `update_shape_mismatch` naming the parameter
 */
export async function* walkParameters(source: ByteSource, slice = newSlice()): AsyncGenerator<WalkedParameter> {
  let position = 0;
  for (let count = 0; position < source.size; count++) {
    if (count === LIMITS.parameters) throw invalid(`more than ${LIMITS.parameters} parameters`);
    const header = await Header.read(source, position);
    const { name, shape, dataStart, dataEnd } = header.parse();
    yield {
      name,
      shape,
      async *slices() {
        for (let at = dataStart; at < dataEnd; at += slice.byteLength) {
          const values = slice.subarray(0, Math.min(slice.byteLength, dataEnd - at) / 4);
          await readFully(source, new Uint8Array(slice.buffer, 0, values.byteLength), at);
          yield values;
        }
      },
    };
    position = dataEnd;
  }
}

/** What stands before the data of one parameter. */
class Header {
  private at = 0;

  private constructor(
    private readonly bytes: Uint8Array,
    private readonly start: number,
    private readonly size: number,
  ) {}

  static async read(source: ByteSource, start: number): Promise<Header> {
    const bytes = new Uint8Array(Math.min(LIMITS.header, source.size - start));
    await readFully(source, bytes, start);
    return new Header(bytes, start, source.size);
  }

  parse(): { name: string; shape: number[]; dataStart: number; dataEnd: number } {
    const end = this.length(1, this.size);
    const nameEnd = this.length(1, end);
    if (nameEnd - this.position > LIMITS.nameBytes) throw invalid("a name is too long");
    const name = new TextDecoder().decode(this.take(nameEnd));
    if (name === "") throw invalid("a parameter has no name");
    if (this.length(2, end) !== end) throw invalid(`${name}: its tensor does not fill its entry`);
    this.tag(1, 0);
    if (this.varint() !== v1.DType.DTYPE_FLOAT32)
      throw new TributaryError("update_dtype_mismatch", `${name}: expected float32`);
    const shape = this.peek() === ((2 << 3) | 2) ? this.shape(name, end) : [];
    const dataEnd = this.length(3, end);
    if (dataEnd !== end) throw invalid(`${name}: its data does not fill its entry`);
    const dataStart = this.position;
    if (dataEnd - dataStart !== elementCount(shape) * 4)
      throw new TributaryError("update_shape_mismatch", `${name}: ${dataEnd - dataStart} bytes do not fill [${shape}]`);
    return { name, shape, dataStart, dataEnd };
  }

  /** Where the header has been read to, in the source. */
  private get position(): number {
    return this.start + this.at;
  }

  private shape(name: string, end: number): number[] {
    const shapeEnd = this.length(2, end);
    const shape: number[] = [];
    while (this.position < shapeEnd) {
      if (shape.length === LIMITS.dimensions) throw invalid(`${name}: more than ${LIMITS.dimensions} dimensions`);
      shape.push(this.varint());
    }
    if (this.position !== shapeEnd) throw invalid(`${name}: its shape is cut off`);
    return shape;
  }

  /** A length-delimited field; returns where it ends. */
  private length(field: number, limit: number): number {
    this.tag(field, 2);
    const length = this.varint();
    const end = this.position + length;
    if (end > limit) throw invalid(`field ${field} runs ${end - limit} bytes out of its frame`);
    return end;
  }

  private tag(field: number, wireType: number): void {
    if (this.varint() !== ((field << 3) | wireType))
      throw invalid(`field ${field} was expected at byte ${this.position - 1}`);
  }

  private peek(): number | undefined {
    return this.bytes[this.at];
  }

  private varint(): number {
    let value = 0;
    for (let shift = 0; shift < 5; shift++) {
      const byte = this.bytes[this.at];
      if (byte === undefined) throw invalid("it is cut off, or its names and shapes are too long");
      this.at += 1;
      value += (byte & 127) * 2 ** (7 * shift);
      if (byte < 128) return value;
    }
    throw invalid("a number is too long");
  }

  private take(end: number): Uint8Array {
    const bytes = this.bytes.subarray(this.at, end - this.start);
    if (bytes.byteLength !== end - this.position) throw invalid("it is cut off, or its names and shapes are too long");
    this.at += bytes.byteLength;
    return bytes;
  }
}

async function readFully(source: ByteSource, target: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < target.byteLength; ) {
    const count = await source.readInto(target.subarray(done), position + done);
    if (count === 0) throw invalid("it is cut off");
    done += count;
  }
}

/** Bytes in memory as a source. */
export const bytesSource = (bytes: Uint8Array): ByteSource => ({
  size: bytes.byteLength,
  async readInto(target, position) {
    const part = bytes.subarray(position, position + target.byteLength);
    target.set(part);
    return part.byteLength;
  },
});
