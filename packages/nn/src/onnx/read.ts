import { oneLine, type Parameter } from "@tributary/protocol";
import { LIMITS } from "../graph/limits.js";
import { parametersOf, type StoredTensor } from "../stored-tensor.js";
import { bytesOf, type Field, fieldsOf, notOnnx, numberOf, textOf } from "./fields.js";
import { readTensor } from "./tensor.js";

/** What is in an `.onnx` file besides the computation. */
export interface OnnxFile {
  /** The program that wrote it: "pytorch". "" where it does not say. */
  readonly producer: string;
  /** Version of the operators; 0 where it does not say. */
  readonly opset: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** The initialisers of the main graph: parameters and constants. */
  readonly tensors: readonly StoredTensor[];
}

/** The fields of ModelProto, GraphProto, OperatorSetIdProto and StringStringEntryProto that matter here. */
const field = {
  model: { producer: 2, graph: 7, opset: 8, metadata: 14 },
  graph: { initializer: 5 },
  opset: { domain: 1, version: 2 },
  entry: { key: 1, value: 2 },
} as const;

/** How many texts of metadata a file may have. */
const MOST_METADATA = 1_000;

/**
 * Looks into an `.onnx` file: at its initialisers, not at what it computes. Values are not copied.
 *
 * @throws TributaryError `file_invalid` saying where: cut off, sizes that its values do not fill, values in another file
 */
export function readOnnx(file: Uint8Array): OnnxFile {
  let producer = "";
  let opset = 0;
  let graph: Uint8Array | undefined;
  const metadata = new Map<string, string>();
  for (const each of fieldsOf(file, "the file")) {
    if (each.number === field.model.producer) producer = oneLine(textOf(each, "its producer's name"), 60);
    if (each.number === field.model.opset) opset = opsetOf(each) ?? opset;
    if (each.number === field.model.metadata) addEntry(metadata, each);
    if (each.number !== field.model.graph) continue;
    if (graph !== undefined) throw notOnnx("it has two graphs");
    graph = bytesOf(each, "the graph");
  }
  if (graph === undefined) throw notOnnx("it has no graph");
  return { producer, opset, metadata: Object.fromEntries(metadata), tensors: tensorsOf(graph) };
}

/**
 * The parameters in an `.onnx` file, to be given to a known network: the initialisers of floating-point types, float16, bfloat16
 * and float64 as float32. What `exportOnnx` writes has all parameters under their names; what PyTorch exports has them as long
 * as its exporter folds none of them into another.
 *
 * @throws TributaryError `file_invalid` as `readOnnx`
 */
export const decodeOnnxParameters = (file: Uint8Array): Parameter[] => parametersOf(readOnnx(file).tensors);

function tensorsOf(graph: Uint8Array): StoredTensor[] {
  const tensors: StoredTensor[] = [];
  const names = new Set<string>();
  for (const each of fieldsOf(graph, "the graph")) {
    if (each.number !== field.graph.initializer) continue;
    const place = `initializer ${tensors.length + 1}`;
    if (tensors.length >= LIMITS.parameters) throw notOnnx(`it has more than ${LIMITS.parameters} initializers`);
    const tensor = readTensor(bytesOf(each, place), place);
    if (names.has(tensor.name)) throw notOnnx(`two initializers are named "${oneLine(tensor.name, 60)}"`);
    names.add(tensor.name);
    tensors.push(tensor);
  }
  return tensors;
}

/** Version of ONNX's own operators; undefined for another set of operators. */
function opsetOf(message: Field): number | undefined {
  let domain = "";
  let version = 0;
  for (const each of fieldsOf(bytesOf(message, "an operator set"), "an operator set")) {
    if (each.number === field.opset.domain) domain = textOf(each, "an operator set's domain");
    if (each.number === field.opset.version) version = numberOf(each, "an operator set's version");
  }
  return domain === "" || domain === "ai.onnx" ? version : undefined;
}

function addEntry(metadata: Map<string, string>, message: Field): void {
  if (metadata.size >= MOST_METADATA) throw notOnnx("it has too much metadata");
  let key = "";
  let value = "";
  for (const each of fieldsOf(bytesOf(message, "the metadata"), "the metadata")) {
    if (each.number === field.entry.key) key = textOf(each, "the metadata");
    if (each.number === field.entry.value) value = textOf(each, "the metadata");
  }
  metadata.set(key, value);
}
