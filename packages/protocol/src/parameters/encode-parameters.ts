import protobuf from "protobufjs/minimal.js";
import { TributaryError } from "../errors.js";
import { v1 } from "../proto.js";
import { elementCount, type ParameterSet } from "./parameter.js";

/**
 * The blob of a model version, a `ParameterSet` message. Equal parameters give equal bytes, so its SHA-256 names the version.
 *
 * @throws TributaryError `update_shape_mismatch` when the values of a parameter do not fill its shape
 */
export function encodeParameters(parameters: ParameterSet): Uint8Array {
  return v1.ParameterSet.encode({
    parameters: parameters.map(({ name, shape, values }) => {
      if (values.length !== elementCount(shape))
        throw new TributaryError("update_shape_mismatch", `${name}: ${values.length} values do not fill [${shape}]`);
      return {
        name,
        tensor: {
          dtype: v1.DType.DTYPE_FLOAT32,
          shape: [...shape],
          data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
        },
      };
    }),
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
