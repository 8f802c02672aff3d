import { TributaryError } from "@tributary/protocol";
import protobuf from "protobufjs/minimal.js";

export const notOnnx = (message: string, cause?: unknown): TributaryError =>
  new TributaryError("file_invalid", `not an ONNX file: ${message}`, { cause });

/** A field of a protobuf message: a whole number, or its bytes, not yet looked into and not copied. */
export interface Field {
  readonly number: number;
  readonly value: number | Uint8Array;
}

/**
 * The fields of a protobuf message in their order. Only the message itself is looked at, not those within it: a file can't make
 * its reader go deeper than it wants to, nor take more memory than a field.
 * Source: https://protobuf.dev/programming-guides/encoding
 *
 * @param place what is read, for the message of an error
 * @throws TributaryError `file_invalid` naming the place and the byte
 */
export function* fieldsOf(message: Uint8Array, place: string): Generator<Field> {
  const reader = protobuf.Reader.create(message);
  while (reader.pos < message.length) {
    const start = reader.pos;
    let field: Field;
    try {
      field = readField(reader, message);
    } catch (cause) {
      throw notOnnx(`${place} is damaged or cut off at its byte ${start}`, cause);
    }
    yield field;
  }
}

function readField(reader: protobuf.Reader, message: Uint8Array): Field {
  const tag = reader.uint32();
  const number = tag >>> 3;
  const bytes = (length: number) => {
    const start = reader.pos;
    reader.skip(length);
    return message.subarray(start, reader.pos);
  };
  switch (tag & 7) {
    case 0:
      return { number, value: Number(reader.int64()) };
    case 1:
      return { number, value: bytes(8) };
    case 2:
      return { number, value: bytes(reader.uint32()) };
    case 5:
      return { number, value: bytes(4) };
    default:
      throw new RangeError("a group, or no field at all");
  }
}

/** @throws TributaryError `file_invalid` for bytes */
export function numberOf({ value }: Field, place: string): number {
  if (typeof value !== "number") throw notOnnx(`${place} is no number`);
  return value;
}

/** The numbers of a repeated field, which come one by one or packed. @throws TributaryError `file_invalid` */
export function numbersIn({ value }: Field, place: string): number[] {
  if (typeof value === "number") return [value];
  const reader = protobuf.Reader.create(value);
  const numbers: number[] = [];
  try {
    while (reader.pos < value.length) numbers.push(Number(reader.int64()));
  } catch (cause) {
    throw notOnnx(`${place} is damaged or cut off`, cause);
  }
  return numbers;
}

/** @throws TributaryError `file_invalid` for a number or what is no UTF-8 */
export function textOf({ value }: Field, place: string): string {
  try {
    if (typeof value !== "number") return new TextDecoder("utf-8", { fatal: true }).decode(value);
  } catch (cause) {
    throw notOnnx(`${place} is no text`, cause);
  }
  throw notOnnx(`${place} is no text`);
}

/** @throws TributaryError `file_invalid` for a number */
export function bytesOf({ value }: Field, place: string): Uint8Array {
  if (typeof value === "number") throw notOnnx(`${place} is a number`);
  return value;
}
