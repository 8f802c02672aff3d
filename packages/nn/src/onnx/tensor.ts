import { elementCount, oneLine } from "@tributary/protocol";
import { bfloat16, type FloatFormat, float16, float32, float64 } from "../float-formats.js";
import { LIMITS } from "../graph/limits.js";
import type { StoredTensor } from "../stored-tensor.js";
import { bytesOf, type Field, fieldsOf, notOnnx, numberOf, numbersIn, textOf } from "./fields.js";

/** By ONNX's numbers for them. */
const types: Readonly<Record<number, string>> = {
  ...{ 1: "FLOAT", 2: "UINT8", 3: "INT8", 4: "UINT16", 5: "INT16", 6: "INT32", 7: "INT64", 8: "STRING", 9: "BOOL" },
  ...{ 10: "FLOAT16", 11: "DOUBLE", 12: "UINT32", 13: "UINT64", 14: "COMPLEX64", 15: "COMPLEX128", 16: "BFLOAT16" },
};
/** Those that are read. */
const floats: Readonly<Record<string, FloatFormat>> = {
  FLOAT: float32,
  FLOAT16: float16,
  BFLOAT16: bfloat16,
  DOUBLE: float64,
};

/** The fields of TensorProto that matter here. */
const field = { dims: 1, type: 2, floatData: 4, name: 8, rawData: 9, externalData: 13, location: 14 } as const;

interface Parts {
  name: string;
  type: number;
  shape: number[];
  /** The values as bytes, where they are not given as numbers. */
  raw: Uint8Array | undefined;
  /** How many bytes the values are that are given as float32 numbers, all at once or one by one. */
  floatBytes: number;
}

/**
 * Reads a TensorProto. Its values stay where they are until they are asked for.
 * @param place "initializer 3" @throws TributaryError `file_invalid` naming it, or the tensor
 */
export function readTensor(message: Uint8Array, place: string): StoredTensor {
  const { name, type, shape, raw, floatBytes } = partsOf(message, place);
  const here = oneLine(name, 60) || place;
  const typeName = types[type] ?? `type ${type}`;
  checkShape(shape, here);
  const format = floats[typeName];
  if (format === undefined) return { name, type: typeName, shape };
  const asNumbers = raw === undefined && format === float32;
  const length = asNumbers ? floatBytes : (raw?.length ?? 0);
  if (length !== elementCount(shape) * format.width)
    throw notOnnx(`${here}: ${length} bytes of values do not fill [${shape}] of ${typeName}`);
  return {
    name,
    type: typeName,
    shape,
    floats: () => (asNumbers ? float32.read(collect(message, length)) : format.read(raw ?? new Uint8Array())),
  };
}

/** The float32 numbers of a message, whose number is known, as bytes. */
function collect(message: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const each of fieldsOf(message, "a tensor"))
    if (each.number === field.floatData) {
      const piece = bytesOf(each, "a tensor's values");
      bytes.set(piece, at);
      at += piece.length;
    }
  return bytes;
}

function partsOf(message: Uint8Array, place: string): Parts {
  const parts: Parts = { name: "", type: 0, shape: [], raw: undefined, floatBytes: 0 };
  for (const each of fieldsOf(message, place)) readPart(parts, each, parts.name ? oneLine(parts.name, 60) : place);
  return parts;
}

function readPart(parts: Parts, each: Field, place: string): void {
  switch (each.number) {
    case field.name:
      parts.name = textOf(each, `${place}'s name`);
      if (parts.name.length > LIMITS.nameLength) throw notOnnx(`${place}: its name is too long`);
      break;
    case field.type:
      parts.type = numberOf(each, `${place}'s type`);
      break;
    case field.dims:
      // A number takes ten bytes at most: what is longer than sixteen of them is not looked into.
      if (parts.shape.length + (typeof each.value === "number" ? 1 : each.value.length / 10) > LIMITS.dimensions)
        throw notOnnx(`${place} has more than ${LIMITS.dimensions} dimensions`);
      parts.shape.push(...numbersIn(each, `${place}'s dimensions`));
      break;
    case field.rawData:
      parts.raw = bytesOf(each, `${place}'s values`);
      break;
    case field.floatData:
      parts.floatBytes += bytesOf(each, `${place}'s values`).length;
      break;
    case field.externalData:
      throw notOnnx(`${place} is kept in another file`);
    case field.location:
      if (each.value !== 0) throw notOnnx(`${place} is kept in another file`);
      break;
  }
}

function checkShape(shape: readonly number[], place: string): void {
  if (shape.length > LIMITS.dimensions) throw notOnnx(`${place} has more than ${LIMITS.dimensions} dimensions`);
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 0)) throw notOnnx(`${place}: [${shape}] is no shape`);
  if (!(elementCount(shape) <= LIMITS.elements)) throw notOnnx(`${place}: [${shape}] has too many values`);
}
