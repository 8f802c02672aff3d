import { type ByteSource, readFully, readingAhead, WINDOW_BYTES } from "./byte-source.js";
import { EntryReader, HEADER_BYTES } from "./entry-reader.js";

/** A parameter that is met on the way. */
export interface WalkedParameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Its values in order. A slice is valid until the next one is asked for: its memory is used again. */
  slices(): AsyncGenerator<Float32Array>;
}

/** Memory for the slices of one walk at a time: 1 MiB, 262,144 values. */
export const newSlice = (): Float32Array<ArrayBuffer> => new Float32Array(256 * 1024);

/** What is read ahead for a walk, beside its slice and used again like it. */
const windows = new WeakMap<Float32Array, Uint8Array<ArrayBuffer>>();

function windowOf(slice: Float32Array): Uint8Array<ArrayBuffer> {
  const window = windows.get(slice) ?? new Uint8Array(WINDOW_BYTES);
  windows.set(slice, window);
  return window;
}

/**
 * Walks through an encoded `ParameterSet` parameter by parameter. Of the values one slice is in memory at a time. Takes
 * exactly what `encodeParameters` writes, and finds what `decodeParameters` finds.
 *
 * @param slice memory of an earlier walk, to be used again; a slice has at most as many values
 * @throws TributaryError `file_invalid`, `update_dtype_mismatch`, `update_shape_mismatch` naming the parameter
 */
export async function* walkParameters(source: ByteSource, slice = newSlice()): AsyncGenerator<WalkedParameter> {
  const ahead = readingAhead(source, windowOf(slice));
  const entries = new EntryReader(source.size);
  const headerMemory = new Uint8Array(HEADER_BYTES);
  for (let start = 0; start < source.size; ) {
    const header = headerMemory.subarray(0, source.size - start);
    await readFully(ahead, header, start);
    const { name, shape, dataStart, dataEnd } = entries.read(header, start);
    yield {
      name,
      shape,
      async *slices() {
        for (let at = dataStart; at < dataEnd; at += slice.byteLength) {
          // Always from the slice's own begin, so that its values are aligned wherever they stand in the source.
          const bytes = new Uint8Array(slice.buffer, slice.byteOffset, Math.min(slice.byteLength, dataEnd - at));
          await readFully(ahead, bytes, at);
          yield slice.subarray(0, bytes.byteLength / 4);
        }
      },
    };
    start = dataEnd;
  }
}
