import { elementCount, oneLine, type Parameter, type ParameterSet, TributaryError } from "@tributary/protocol";
import { z } from "zod";

// The format: https://github.com/huggingface/safetensors#format

/** A header may not be longer than this, bytes; the format itself allows 100 MB. */
const MAX_HEADER = 25 * 1024 * 1024;

const tensorSchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0).max(Number.MAX_SAFE_INTEGER)).max(16),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
const headerSchema = z.looseObject({ __metadata__: z.record(z.string(), z.string()).optional() });

const invalid = (message: string, cause?: unknown) =>
  new TributaryError("file_invalid", `not a safetensors file: ${oneLine(message)}`, { cause });

const unwritable = (message: string) =>
  new TributaryError("file_invalid", `not to be written as safetensors: ${oneLine(message)}`, {
    hint: "Give each tensor a name of its own and as many values as its shape says.",
  });

/**
 * What stands before the tensors in a `.safetensors` file: 8 bytes with the header's length, and a JSON header padded to a
 * multiple of 8. The tensors follow in this order, float32, little-endian, without gaps.
 *
 * @param metadata strings kept under `__metadata__`; `{ format: "pt" }` is always there, so that PyTorch's loaders take the file
 * @throws TributaryError `file_invalid` for a name that the format can't hold: one given twice, or `__metadata__`
 */
export function encodeSafetensorsHeader(
  parameters: readonly Pick<Parameter, "name" | "shape">[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const entries = new Map<string, unknown>([["__metadata__", { ...metadata, format: "pt" }]]);
  let end = 0;
  for (const { name, shape } of parameters) {
    if (entries.has(name)) throw unwritable(`two entries would be named "${name.slice(0, 60)}"`);
    const begin = end;
    end += elementCount(shape) * 4;
    entries.set(name, { dtype: "F32", shape, data_offsets: [begin, end] });
  }
  const json = JSON.stringify(Object.fromEntries(entries));
  const header = new TextEncoder().encode(json.padEnd(json.length + ((8 - (Buffer.byteLength(json) % 8)) % 8)));
  const bytes = new Uint8Array(8 + header.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  return bytes;
}

/**
 * A model as a `.safetensors` file: its header, then the tensors. Names, order and layouts are those of `parameters`.
 *
 * @param metadata see `encodeSafetensorsHeader`
 * @throws TributaryError `file_invalid` for parameters that the format can't hold
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
  for (const { name, shape, values } of parameters) {
    if (values.length !== elementCount(shape))
      throw unwritable(`${name.slice(0, 60)}: ${values.length} values do not fill [${shape}]`);
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += values.byteLength;
  }
  return file;
}

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
  const { __metadata__, ...entries } = parseHeader(file.subarray(8, 8 + length));
  const tensors = Object.entries(entries)
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
    // A copy, so that it lies at a multiple of 4. A Buffer's own `slice` would not copy.
    return { name, shape, values: new Float32Array(new Uint8Array(body.subarray(from, to)).buffer) };
  });
  if (end !== body.length) throw invalid(`${body.length - end} bytes belong to no tensor`);
  return parameters;
}

function parseHeader(bytes: Uint8Array): z.output<typeof headerSchema> {
  if (bytes[0] !== "{".charCodeAt(0)) throw invalid("its header does not begin with {");
  try {
    return headerSchema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw invalid("its header is no JSON object of tensors and metadata texts", cause);
  }
}
