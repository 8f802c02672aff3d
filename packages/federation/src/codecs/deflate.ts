import { deflateRawSync, inflateRawSync } from "node:zlib";
import { damaged } from "./refusals.js";

/** DEFLATE without a frame (RFC 1951). @param level 1 (fast) to 9 (small) */
export const deflated = (bytes: Uint8Array, level: number): Uint8Array => deflateRawSync(bytes, { level });

/** Memory that grows as the bytes come, so that a bomb costs no more than what it is allowed. */
const CHUNK_BYTES = 256 * 1024;

/**
 * @param most bytes that may come out
 * @throws TributaryError `file_invalid` when more would, when it is no such stream, or when something follows it
 */
export function inflated(bytes: Uint8Array, most: number): Uint8Array {
  const { buffer, read } = inflate(bytes, Math.max(1, most));
  if (read !== bytes.byteLength) throw damaged(`${bytes.byteLength - read} bytes follow the deflated ones`);
  return buffer;
}

function inflate(bytes: Uint8Array, maxOutputLength: number): { readonly buffer: Uint8Array; readonly read: number } {
  try {
    const chunkSize = Math.min(CHUNK_BYTES, Math.max(64, maxOutputLength));
    // With `info`, Node.js gives the engine, too: its types don't say so.
    const result: unknown = inflateRawSync(bytes, { maxOutputLength, chunkSize, info: true });
    return withEngine(result);
  } catch (cause) {
    if (isTooLarge(cause)) throw damaged(`it inflates to more than ${maxOutputLength} bytes`, cause);
    throw damaged("it can't be inflated", cause);
  }
}

function withEngine(result: unknown): { readonly buffer: Uint8Array; readonly read: number } {
  if (typeof result === "object" && result !== null && "buffer" in result && "engine" in result) {
    const { buffer, engine } = result;
    if (buffer instanceof Uint8Array && typeof engine === "object" && engine !== null && "bytesWritten" in engine)
      return { buffer, read: Number(engine.bytesWritten) };
  }
  throw new TypeError("zlib gives no engine");
}

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
