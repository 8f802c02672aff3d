import { elementCount, oneLine, type Parameter, type ParameterSet, TributaryError } from "@tributary/protocol";
import { z } from "zod";
import { bfloat16, type FloatFormat, float16, float32, float64 } from "./float-formats.js";
import { isBatchCount, parametersOf, type StoredTensor } from "./stored-tensor.js";

// The format: https://github.com/huggingface/safetensors#format

/** A header may not be longer than this, bytes; the format itself allows 100 MB. */
const MAX_HEADER = 25 * 1024 * 1024;

const tensorSchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0).max(Number.MAX_SAFE_INTEGER)).max(16),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
/** Bytes a value of each type that is told apart; a tensor of another is refused. */
const widths: Readonly<Record<string, number>> = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E5M2: 1, F8_E4M3: 1, U16: 2, I16: 2, F16: 2, BF16: 2 },
  ...{ U32: 4, I32: 4, F32: 4, U64: 8, I64: 8, F64: 8 },
};
/** The types that are read. */
const floats: Readonly<Record<string, FloatFormat>> = { F32: float32, F16: float16, BF16: bfloat16, F64: float64 };
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

/** What is in a `.safetensors` file. */
export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order in which they lie in the file. */
  readonly tensors: readonly StoredTensor[];
}

/**
 * Looks into a `.safetensors` file. Every byte behind the header must belong to exactly one tensor.
 *
 * @throws TributaryError `file_invalid` saying where
 */
export function readSafetensors(file: Uint8Array): SafetensorsFile {
  if (file.length < 8) throw invalid(`${file.length} bytes are too few`);
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER || length > file.length - 8) throw invalid(`a header of ${length} bytes does not fit`);
  const body = file.subarray(8 + length);
  const { __metadata__: metadata = {}, ...entries } = parseHeader(file.subarray(8, 8 + length));
  const places = Object.entries(entries)
    .map(([name, value]) => {
      const tensor = tensorSchema.safeParse(value);
      if (!tensor.success) throw invalid(`${name.slice(0, 60)}: ${tensor.error.issues[0]?.message}`);
      return { name, ...tensor.data };
    })
    .sort((a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);
  let end = 0;
  const tensors = places.map(({ name, dtype, shape, data_offsets: [from, to] }): StoredTensor => {
    if (from !== end || to < from || to > body.length)
      throw invalid(`${name.slice(0, 60)} leaves a hole, overlaps or runs out of the file`);
    end = to;
    const width = Object.hasOwn(widths, dtype) ? widths[dtype] : undefined;
    if (width === undefined) throw invalid(`${name.slice(0, 60)} is of an unknown type, ${dtype.slice(0, 20)}`);
    if (to - from !== elementCount(shape) * width)
      throw invalid(`${name.slice(0, 60)}: ${to - from} bytes do not fill [${shape}] of ${dtype}`);
    const format = floats[dtype];
    return { name, type: dtype, shape, ...(format && { floats: () => format.read(body.subarray(from, to)) }) };
  });
  if (end !== body.length) throw invalid(`${body.length - end} bytes belong to no tensor`);
  return { metadata, tensors };
}

/**
 * Reads the parameters in a `.safetensors` file, in the order in which they lie there: float32 as it is, float16, bfloat16 and
 * float64 as float32. The `num_batches_tracked` of PyTorch's batch norms, a whole number, is left out.
 *
 * @throws TributaryError `file_invalid` saying where; also for a tensor of another type
 */
export function decodeSafetensors(file: Uint8Array): Parameter[] {
  const tensors = readSafetensors(file).tensors.filter(({ name }) => !isBatchCount(name));
  const other = tensors.find(({ floats }) => floats === undefined);
  if (other !== undefined)
    throw invalid(`${other.name.slice(0, 60)} is ${other.type}; only ${Object.keys(floats).join(", ")} are read`);
  return parametersOf(tensors);
}

function parseHeader(bytes: Uint8Array): z.output<typeof headerSchema> {
  if (bytes[0] !== "{".charCodeAt(0)) throw invalid("its header does not begin with {");
  try {
    return headerSchema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw invalid("its header is no JSON object of tensors and metadata texts", cause);
  }
}
