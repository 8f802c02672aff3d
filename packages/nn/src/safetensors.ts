import { elementCount, type Parameter, type ParameterSet, TributaryError } from "@tributary/protocol";
import { z } from "zod";

/** A header may not be longer than this, bytes; the format itself allows 100 MB. */
const MAX_HEADER = 25 * 1024 * 1024;

const tensorSchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0).max(Number.MAX_SAFE_INTEGER)).max(16),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
const headerSchema = z.record(z.string(), z.unknown());

/**
 * What stands before the tensors in a `.safetensors` file: 8 bytes with the header's length, and a JSON header padded to a
 * multiple of 8. The tensors follow in this order, float32, little-endian, without gaps.
 *
 * @param metadata strings kept under `__metadata__`; `{ format: "pt" }` is always there, so that PyTorch's loaders take the file
 */
export function encodeSafetensorsHeader(
  parameters: readonly Pick<Parameter, "name" | "shape">[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  let end = 0;
  const tensors = parameters.map(({ name, shape }) => {
    const begin = end;
    end += elementCount(shape) * 4;
    return [name, { dtype: "F32", shape, data_offsets: [begin, end] }] as const;
  });
  const json = JSON.stringify({ __metadata__: { format: "pt", ...metadata }, ...Object.fromEntries(tensors) });
  const header = new TextEncoder().encode(json.padEnd(json.length + ((8 - (Buffer.byteLength(json) % 8)) % 8)));
  const bytes = new Uint8Array(8 + header.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  return bytes;
}

/**
 * A model as a `.safetensors` file: its header, then the tensors. Names, order and layouts are those of `parameters`.
 * Source: the format of Hugging Face's safetensors, version 0.4.
 *
 * @param metadata see `encodeSafetensorsHeader`
 */
export function encodeSafetensors(
  parameters: ParameterSet,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header = encodeSafetensorsHeader(parameters, metadata);
  const size = parameters.reduce((sum, { values }) => sum + values.byteLength, header.length);
  const file = new Uint8Array(size);
  file.set(header);
  let offset = header.length;
  for (const { values } of parameters) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += values.byteLength;
  }
  return file;
}

const invalid = (message: string, cause?: unknown) =>
  new TributaryError("file_invalid", `not a safetensors file: ${message}`, { cause });

/**
 * Reads a `.safetensors` file of float32 tensors, in the order in which they lie in the file.
 * Every byte behind the header must belong to exactly one tensor.
 *
 * @throws TributaryError `file_invalid` saying where
 */
export function decodeSafetensors(file: Uint8Array): Parameter[] {
  if (file.length < 8) throw invalid(`${file.length} bytes are too few`);
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER || length > file.length - 8) throw invalid(`a header of ${length} bytes does not fit`);
  const body = file.subarray(8 + length);
  const tensors = Object.entries(parseHeader(file.subarray(8, 8 + length)))
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => {
      const tensor = tensorSchema.safeParse(value);
      if (!tensor.success) throw invalid(`${name.slice(0, 60)}: ${tensor.error.issues[0]?.message}`);
      return { name, ...tensor.data };
    })
    .sort((a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);
  let end = 0;
  const parameters = tensors.map(({ name, dtype, shape, data_offsets: [from, to] }) => {
    if (dtype !== "F32") throw invalid(`${name.slice(0, 60)} is ${dtype.slice(0, 20)}; only F32 is read`);
    if (from !== end || to < from || to > body.length)
      throw invalid(`${name.slice(0, 60)} leaves a hole, overlaps or runs out of the file`);
    if (to - from !== elementCount(shape) * 4)
      throw invalid(`${name.slice(0, 60)}: ${to - from} bytes do not fill [${shape}]`);
    end = to;
    return { name, shape, values: new Float32Array(body.slice(from, to).buffer) };
  });
  if (end !== body.length) throw invalid(`${body.length - end} bytes belong to no tensor`);
  return parameters;
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  try {
    return headerSchema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw invalid("its header is no JSON object", cause);
  }
}
