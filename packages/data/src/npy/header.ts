import { TributaryError } from "@tributary/protocol";

/** What the header of a `.npy` file says. */
export interface NpyHeader {
  readonly type: NpyType;
  readonly shape: readonly number[];
  /** Where the numbers begin. */
  readonly start: number;
}

/** Types of numbers that are read, little-endian where that matters, with the bytes of one. */
const types = { "|u1": 1, "<i4": 4, "<i8": 8, "<f4": 4, "<f8": 8 } as const;

export type NpyType = keyof typeof types;

export const bytesOf = (type: NpyType): number => types[type];

/** Of the longest header that is read, with what comes before it. NumPy's own limit for untrusted files is 10,000. */
export const MAX_HEADER_BYTES = 12 + 10_000;
const MAGIC = [0x93, ...new TextEncoder().encode("NUMPY")];
const MAX_DIMENSIONS = 8;

const isType = (text: string): text is NpyType => Object.hasOwn(types, text);

/**
 * Reads the header of a `.npy` file, versions 1 to 3. It is a Python dictionary, of which exactly the three known entries are
 * understood; nothing is evaluated. Source: NumPy's description, `numpy.lib.format`.
 *
 * @param bytes the beginning of the file @param path for messages
 * @throws TributaryError `file_invalid` naming the file and what is wrong
 */
export function parseNpyHeader(bytes: Uint8Array, path: string): NpyHeader {
  const invalid = (what: string, hint?: string) =>
    new TributaryError("file_invalid", `${path} is no .npy file that can be read: ${what}`, hint ? { hint } : {});
  if (bytes.byteLength < 12 || !MAGIC.every((byte, at) => bytes[at] === byte))
    throw invalid("it does not begin as one");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint8(6);
  if (version < 1 || version > 3) throw invalid(`it is of version ${version}, 1 to 3 are known`);
  const [from, length] = version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (from + length > MAX_HEADER_BYTES || from + length > bytes.byteLength)
    throw invalid(`its header has ${length} bytes`);
  const text = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(bytes.subarray(from, from + length));
  const entries = entriesOf(text);
  const { descr, fortran_order: order, shape } = Object.fromEntries(entries ?? []);
  if (entries?.length !== 3 || descr === undefined || order === undefined || shape === undefined)
    throw invalid("its header is not the three entries descr, fortran_order and shape");
  const type = descr.slice(1, -1);
  if (!isType(type))
    throw invalid(
      `its numbers are ${type.slice(0, 20)}, not one of ${Object.keys(types).join(", ")}`,
      'Convert them first: array.astype("<f4") for values, array.astype("<i8") for labels and ids.',
    );
  if (order === "True")
    throw invalid("its numbers are in Fortran's order", "Save numpy.ascontiguousarray(array) instead.");
  return { type, shape: shapeOf(shape, invalid), start: from + length };
}

/** `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }` as names and values; undefined for anything else. */
function entriesOf(text: string): [string, string][] | undefined {
  const outer = /^\{(.*)\}[ \n]*$/s.exec(text)?.[1];
  if (outer === undefined) return undefined;
  const entry = /\s*'(descr|fortran_order|shape)'\s*:\s*('[^']{0,40}'|True|False|\([0-9,\s]{0,400}\))\s*(?:,|$)\s*/y;
  const entries: [string, string][] = [];
  while (entry.lastIndex < outer.length) {
    const match = entry.exec(outer);
    if (match === null || entries.length === 3) return undefined;
    entries.push([match[1] ?? "", match[2] ?? ""]);
  }
  const kinds = entries.map(([name, value]) => `${name} ${value[0]}`).sort();
  return /^descr ',fortran_order [TF],shape \($/.test(kinds.join()) ? entries : undefined;
}

function shapeOf(text: string, invalid: (what: string) => TributaryError): number[] {
  const parts = text
    .slice(1, -1)
    .split(",")
    .map((part) => part.trim());
  if (parts.at(-1) === "") parts.pop();
  const shape = parts.map((part) => (/^\d{1,15}$/.test(part) ? Number(part) : Number.NaN));
  if (shape.length > MAX_DIMENSIONS || shape.some(Number.isNaN)) throw invalid(`its shape is ${text.slice(0, 60)}`);
  return shape;
}
