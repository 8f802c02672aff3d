import { endianness } from "node:os";

/** Numbers of an IDX file. */
export type IdxData = Uint8Array | Int32Array | Float32Array;

/** One type of numbers in IDX files. */
export interface ElementKind {
  /** The third byte of a file. */
  readonly code: number;
  /** Of one number. */
  readonly bytes: 1 | 4;
  /** As files are named after it: "idx1-ubyte". */
  readonly word: "ubyte" | "int" | "float";
}

const ubyte: ElementKind = { code: 0x08, bytes: 1, word: "ubyte" };
const int: ElementKind = { code: 0x0c, bytes: 4, word: "int" };
const float: ElementKind = { code: 0x0d, bytes: 4, word: "float" };

/** By the third byte of a file. */
export const elementKinds: ReadonlyMap<number, ElementKind> = new Map(
  [ubyte, int, float].map((kind) => [kind.code, kind]),
);

export function elementKindOf(data: IdxData): ElementKind {
  if (data instanceof Uint8Array) return ubyte;
  return data instanceof Int32Array ? int : float;
}

/** Numbers out of a file's bytes, which must be a multiple of their size. Bytes are not copied. */
export function fromBigEndian(bytes: Uint8Array, kind: ElementKind): IdxData {
  if (kind.bytes === 1) return bytes;
  const own = swapped(bytes);
  return kind === int
    ? new Int32Array(own.buffer, own.byteOffset, own.byteLength / 4)
    : new Float32Array(own.buffer, own.byteOffset, own.byteLength / 4);
}

/** Numbers as a file holds them. Bytes are not copied. */
export function toBigEndian(data: IdxData): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return elementKindOf(data).bytes === 1 ? bytes : swapped(bytes);
}

/** A copy, aligned for 4-byte numbers, with the bytes of each in the other order where this machine's is not the files'. */
function swapped(bytes: Uint8Array): Uint8Array {
  const own = new Uint8Array(bytes);
  if (endianness() === "LE") Buffer.from(own.buffer, own.byteOffset, own.byteLength).swap32();
  return own;
}
