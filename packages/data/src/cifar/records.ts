import { TributaryError } from "@tributary/protocol";

/** A label, then 1,024 red, 1,024 green and 1,024 blue values, each 32 × 32 row by row. */
export const RECORD_BYTES = 1 + 3 * 32 * 32;
const CLASSES = 10;

/** Images and labels of CIFAR-10. */
export interface Records {
  readonly count: number;
  readonly values: Uint8Array;
  readonly labels: Uint8Array;
}

/**
 * Reads records of CIFAR-10's binary version. Source: its web page.
 * @param path for messages
 * @throws TributaryError `file_invalid` naming the file, and the record
 */
export function parseRecords(file: Uint8Array, path: string): Records {
  const count = file.byteLength / RECORD_BYTES;
  if (count < 1 || !Number.isInteger(count))
    throw new TributaryError(
      "file_invalid",
      `${path} has ${file.byteLength} bytes, no multiple of the ${RECORD_BYTES} of a record`,
    );
  const labels = new Uint8Array(count);
  const values = new Uint8Array(count * (RECORD_BYTES - 1));
  for (let record = 0; record < count; record++) {
    const from = record * RECORD_BYTES;
    const label = file[from] ?? CLASSES;
    if (label >= CLASSES)
      throw new TributaryError("file_invalid", `${path}: record ${record} has the label ${label}, 0 to 9 are possible`);
    labels[record] = label;
    values.set(file.subarray(from + 1, from + RECORD_BYTES), record * (RECORD_BYTES - 1));
  }
  return { count, values, labels };
}

/** Records of several files, one after the other. */
export function joinRecords(parts: readonly Records[]): Records {
  const [first, ...more] = parts;
  if (first !== undefined && more.length === 0) return first;
  return {
    count: parts.reduce((sum, { count }) => sum + count, 0),
    values: Buffer.concat(parts.map(({ values }) => values)),
    labels: Buffer.concat(parts.map(({ labels }) => labels)),
  };
}
