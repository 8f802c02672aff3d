import { TributaryError } from "../errors.js";

/** Bytes to read from: an open blob, or memory. */
export interface ByteSource {
  readonly size: number;
  /** Fills `target` from `position` on; returns how many bytes there were. */
  readInto(target: Uint8Array, position: number): Promise<number>;
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

/** Fills all of `target`, also where the source gives it in pieces. @throws TributaryError `file_invalid` when it ends before */
export async function readFully(
  source: Pick<ByteSource, "readInto">,
  target: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < target.byteLength; ) {
    const count = await source.readInto(target.subarray(done), position + done);
    if (count === 0) throw new TributaryError("file_invalid", `the content is cut off at byte ${position + done}`);
    done += count;
  }
}

export const WINDOW_BYTES = 64 * 1024;

/** Reads ahead, so that many small reads in order become a few. @param memory of an earlier reader that is used no more */
export function readingAhead(source: ByteSource, memory = new Uint8Array(WINDOW_BYTES)): ByteSource {
  const window = memory.subarray(0, source.size);
  let start = 0;
  let end = 0;
  return {
    size: source.size,
    async readInto(target, position) {
      const wanted = Math.min(target.byteLength, source.size - position);
      if (wanted > window.byteLength) return source.readInto(target, position);
      if (position < start || position + wanted > end) {
        const ahead = window.subarray(0, source.size - position);
        end = start;
        await readFully(source, ahead, position);
        start = position;
        end = position + ahead.byteLength;
      }
      target.set(window.subarray(position - start, position - start + wanted));
      return wanted;
    },
  };
}
