import { constants, type FileHandle, open } from "node:fs/promises";
import { endianness } from "node:os";
import { TributaryError } from "@tributary/protocol";
import { readBytes } from "../files/verified-file.js";
import { bytesOf, MAX_HEADER_BYTES, type NpyHeader, type NpyType, parseNpyHeader } from "./header.js";

/** An array of numbers out of a `.npy` file, row-major. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array | Int32Array | BigInt64Array | Float32Array | Float64Array;
}

/** No file may hold more: 2 GiB. */
const MAX_BYTES = 2 ** 31;

/**
 * Reads a `.npy` file of unsigned bytes, 32- or 64-bit integers or floats. Memory is taken only when the size of the file is what its
 * header says.
 *
 * @throws TributaryError `file_unreadable`, `file_invalid` naming the file and what is wrong
 */
export async function readNpy(path: string): Promise<NpyArray> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile()) throw new TributaryError("file_invalid", `${path} is no regular file`);
    const beginning = await readBytes(handle, Math.min(stats.size, MAX_HEADER_BYTES));
    const header = parseNpyHeader(beginning, path);
    const size = sizeOf(header);
    if (!(size <= MAX_BYTES) || header.start + size !== stats.size)
      throw new TributaryError(
        "file_invalid",
        `${path} has ${stats.size - header.start} bytes of numbers, [${header.shape}] of ${header.type} takes ${size}`,
      );
    const bytes = await readBytes(handle, size, header.start);
    if (bytes.byteLength !== size) throw new TributaryError("file_invalid", `${path} became shorter while it was read`);
    return { shape: header.shape, data: numbers(bytes, header.type) };
  } catch (cause) {
    if (cause instanceof TributaryError) throw cause;
    throw new TributaryError("file_unreadable", `${path} cannot be read`, { cause });
  } finally {
    await handle?.close();
  }
}

const sizeOf = ({ shape, type }: NpyHeader): number =>
  shape.reduce((product, length) => product * length, bytesOf(type));

function numbers(bytes: Uint8Array<ArrayBuffer>, type: NpyType): NpyArray["data"] {
  if (endianness() === "BE") swap(bytes, bytesOf(type));
  const { buffer, byteOffset, byteLength } = bytes;
  switch (type) {
    case "|u1":
      return bytes;
    case "<i4":
      return new Int32Array(buffer, byteOffset, byteLength / 4);
    case "<i8":
      return new BigInt64Array(buffer, byteOffset, byteLength / 8);
    case "<f4":
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case "<f8":
      return new Float64Array(buffer, byteOffset, byteLength / 8);
    default:
      return type satisfies never;
  }
}

function swap({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>, size: number): void {
  const view = Buffer.from(buffer, byteOffset, byteLength);
  if (size === 4) view.swap32();
  if (size === 8) view.swap64();
}
