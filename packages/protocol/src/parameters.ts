import { createHash } from "node:crypto";
import protobuf from "protobufjs/minimal.js";
import { TributaryError } from "./errors.js";
import { v1 } from "./proto.js";

/** A named tensor of a model, PyTorch's name and layout, float32, row-major. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** product(shape) values. */
  readonly values: Float32Array;
}

/** The parameters of a model, in the order of its graph. */
export type ParameterSet = readonly Parameter[];

export const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** SHA-256, 32 bytes. */
export const digestOf = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();

export const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");

/** The blob of a model version. Equal parameters give equal bytes, so its SHA-256 names the version. */
export function encodeParameters(parameters: ParameterSet): Uint8Array {
  return v1.ParameterSet.encode({
    parameters: parameters.map(({ name, shape, values }) => ({
      name,
      tensor: {
        dtype: v1.DType.DTYPE_FLOAT32,
        shape: [...shape],
        data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      },
    })),
  }).finish();
}

/**
 * What stands before a parameter's values in a model blob. The blob is one after the other: header, values (float32,
 * little-endian), header, values … so that it can be written without being in memory whole. `shape` has no zeros.
 */
export function encodeParameterHeader(name: string, shape: readonly number[]): Uint8Array {
  const data = elementCount(shape) * 4;
  const tensor = protobuf.Writer.create().uint32(tag(1, 0)).int32(v1.DType.DTYPE_FLOAT32);
  if (shape.length > 0) {
    tensor.uint32(tag(2, 2)).fork();
    for (const size of shape) tensor.uint32(size);
    tensor.ldelim();
  }
  const beforeData = tensor.uint32(tag(3, 2)).uint32(data).finish();
  const inEntry = protobuf.Writer.create()
    .uint32(tag(1, 2))
    .string(name)
    .uint32(tag(2, 2))
    .uint32(beforeData.byteLength + data)
    .finish();
  const before = protobuf.Writer.create()
    .uint32(tag(1, 2))
    .uint32(inEntry.byteLength + beforeData.byteLength + data)
    .finish();
  return Buffer.concat([before, inEntry, beforeData]);
}

/** Number and wire type of a field, as protocol buffers write them. */
const tag = (field: number, wireType: number): number => (field << 3) | wireType;

/**
 * Reads a model blob. Every tensor must be float32 with as many bytes as its shape says.
 * @throws TributaryError `file_invalid` (not a parameter set), `update_dtype_mismatch`, `update_shape_mismatch`
 */
export function decodeParameters(bytes: Uint8Array): Parameter[] {
  let message: v1.ParameterSet;
  try {
    message = v1.ParameterSet.decode(bytes);
  } catch (cause) {
    throw new TributaryError("file_invalid", "the bytes are not a parameter set", { cause });
  }
  return message.parameters.map(({ name, tensor }) => {
    if (!name) throw new TributaryError("file_invalid", "a parameter has no name");
    if (tensor?.dtype !== v1.DType.DTYPE_FLOAT32)
      throw new TributaryError("update_dtype_mismatch", `${name}: expected float32`);
    const shape = tensor.shape ?? [];
    const data = tensor.data ?? new Uint8Array();
    if (data.byteLength !== elementCount(shape) * 4)
      throw new TributaryError("update_shape_mismatch", `${name}: ${data.byteLength} bytes do not fill [${shape}]`);
    // Copied, because a view needs an offset that is a multiple of 4 and the decoder gives any.
    return {
      name,
      shape,
      values: new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer),
    };
  });
}
