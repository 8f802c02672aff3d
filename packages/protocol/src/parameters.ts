import { createHash } from "node:crypto";
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
