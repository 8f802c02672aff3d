import { EntryReader, HEADER_BYTES } from "./entry-reader.js";
import type { Parameter } from "./parameter.js";

/**
 * Reads a model blob that is in memory. Takes exactly what `encodeParameters` writes.
 *
 * @throws TributaryError `file_invalid` (not a parameter set), `update_dtype_mismatch`, `update_shape_mismatch`
 */
export function decodeParameters(bytes: Uint8Array): Parameter[] {
  const entries = new EntryReader(bytes.byteLength);
  const parameters: Parameter[] = [];
  for (let start = 0; start < bytes.byteLength; ) {
    const header = bytes.subarray(start, start + HEADER_BYTES);
    const { name, shape, dataStart, dataEnd } = entries.read(header, start);
    // Copied, because a view of float32 needs an offset that is a multiple of 4.
    const data = new Uint8Array(bytes.subarray(dataStart, dataEnd));
    parameters.push({ name, shape, values: new Float32Array(data.buffer) });
    start = dataEnd;
  }
  return parameters;
}
