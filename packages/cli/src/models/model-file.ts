import { extname } from "node:path";
import {
  decodeOnnxParameters,
  decodeSafetensors,
  type Graph,
  loadParameters,
  readOnnx,
  readSafetensors,
  type StoredTensor,
} from "@tributary/nn";
import { type Parameter, TributaryError } from "@tributary/protocol";
import { readBytes } from "../files.js";

/** The formats in which models are kept. */
export const formats = ["safetensors", "onnx"] as const;
export type Format = (typeof formats)[number];

/** The formats that models are written in: the zip of TensorFlow.js besides, which is not read. */
export const writtenFormats = [...formats, "tfjs"] as const;
export type WrittenFormat = (typeof writtenFormats)[number];

/** The format that the name of a file to write says. @throws TributaryError `file_invalid` for another */
export const writtenFormatOf = (path: string): WrittenFormat =>
  extname(path).toLowerCase() === ".zip" ? "tfjs" : formatOf(path);

/** A model's file may be as large, bytes. */
const MOST = 4 * 1024 ** 3;

/** The format that a file's name says. @throws TributaryError `file_invalid` for another */
export function formatOf(path: string): Format {
  const extension = extname(path).slice(1).toLowerCase();
  const format = formats.find((name) => name === extension);
  if (format === undefined)
    throw new TributaryError("file_invalid", `${path} is of no known format`, {
      hint: `Give a file that ends in ${formats.map((name) => `.${name}`).join(" or ")}.`,
    });
  return format;
}

/** What is in a model's file. */
export interface ModelFile {
  readonly format: Format;
  readonly bytes: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly StoredTensor[];
}

/** @throws TributaryError `file_unreadable`, `payload_too_large`, `file_invalid` saying where */
export async function readModelFile(path: string): Promise<ModelFile> {
  const format = formatOf(path);
  const bytes = await readBytes(path, "the model", MOST);
  return { format, bytes, ...(format === "onnx" ? describeOnnx(bytes) : readSafetensors(bytes)) };
}

function describeOnnx(bytes: Uint8Array) {
  const { producer, opset, metadata, tensors } = readOnnx(bytes);
  return { tensors, metadata: { ...(producer !== "" && { producer }), opset: String(opset), ...metadata } };
}

/**
 * The parameters of a network out of a file. An ONNX file may have constants besides.
 * @throws TributaryError as `readModelFile` and `loadParameters`
 */
export async function readWeights(graph: Graph, path: string): Promise<Parameter[]> {
  const format = formatOf(path);
  const bytes = await readBytes(path, "the model", MOST);
  if (format === "safetensors") return loadParameters(graph, decodeSafetensors(bytes));
  return loadParameters(graph, decodeOnnxParameters(bytes), { unexpected: "ignore" });
}
