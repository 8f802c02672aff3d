import protobuf from "protobufjs";

// The messages of ONNX's onnx.proto, as far as a network needs them; its parameters are framed below.
// Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const { root } = protobuf.parse(
  `syntax = "proto3";
   message Tensor { repeated int64 dims = 1; int32 data_type = 2; repeated int64 int64_data = 7; string name = 8; bytes raw_data = 9; }
   message Attribute {
     string name = 1; float f = 2; int64 i = 3; bytes s = 4; Tensor t = 5; repeated int64 ints = 8; repeated bytes strings = 9;
     int32 type = 20;
   }
   message Node { repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; repeated Attribute attribute = 5; }
   message Shape { message Dim { oneof value { int64 dim_value = 1; string dim_param = 2; } } repeated Dim dim = 1; }
   message Type { message Tensor { int32 elem_type = 1; Shape shape = 2; } Tensor tensor_type = 1; }
   message ValueInfo { string name = 1; Type type = 2; }
   message Graph { repeated Node node = 1; string name = 2; repeated ValueInfo input = 11; repeated ValueInfo output = 12; }
   message OperatorSet { string domain = 1; int64 version = 2; }
   message Entry { string key = 1; string value = 2; }
   message Model {
     int64 ir_version = 1; string producer_name = 2; repeated OperatorSet opset_import = 8; repeated Entry metadata_props = 14;
   }`,
);
const Model = root.lookupType("Model");
const Graph = root.lookupType("Graph");
const Tensor = root.lookupType("Tensor");
/** Numbers of the fields that are framed here. */
const field = { modelGraph: 7, graphInitializer: 5, tensorRawData: 9 } as const;

/** ONNX's numbers for the types of a tensor's values. */
export const dataType = { float: 1, int64: 7 } as const;

/** A constant. */
export interface TensorProto {
  readonly dims: readonly number[];
  readonly dataType: number;
  /** Little-endian. */
  readonly rawData?: Uint8Array;
  readonly int64Data?: readonly number[];
}

/** A parameter of the network. */
export interface Initializer {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  /** Little-endian. */
  readonly values: Uint8Array;
}

/** The value of an attribute: exactly one of these. */
export type AttributeValue =
  | { readonly f: number }
  | { readonly i: number }
  | { readonly s: string }
  | { readonly ints: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly t: TensorProto };

/** One application of an ONNX operator. An input or output that is left out is "". */
export interface NodeProto {
  readonly name: string;
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** An input or output of the network; -1 is the batch. */
export interface ValueInfo {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface ModelProto {
  readonly name: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Version of the operators: the first with LayerNormalization, which every runtime since 2022 has. */
const OPSET = 17;
/** Version of the file's format that came with it. */
const IR_VERSION = 8;

/**
 * The bytes of an `.onnx` file. Parameters are copied once, into the file: a writer of messages would copy them whenever its memory
 * grows, so that only what lies around them is written by one.
 */
export function encodeModel({ name, nodes, initializers, inputs, outputs, metadata }: ModelProto): Uint8Array {
  const model = Model.encode({
    irVersion: IR_VERSION,
    producerName: "tributary",
    opsetImport: [{ domain: "", version: OPSET }],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  }).finish();
  const computation = Graph.encode({
    name,
    node: nodes.map(({ attributes, ...node }) => ({
      ...node,
      attribute: Object.entries(attributes).map(([name, value]) => ({ name, ...attribute(value) })),
    })),
    input: inputs.map(valueInfo),
    output: outputs.map(valueInfo),
  }).finish();
  const graph = [computation, ...initializers.flatMap(initializer)];
  return Buffer.concat([model, frame(field.modelGraph, lengthOf(graph)), ...graph]);
}

function initializer({ values, ...rest }: Initializer): Uint8Array[] {
  const tensor = [Tensor.encode(rest).finish(), frame(field.tensorRawData, values.length), values];
  return [frame(field.graphInitializer, lengthOf(tensor)), ...tensor];
}

/** What stands before a field of `length` bytes. Source: https://protobuf.dev/programming-guides/encoding */
const frame = (number: number, length: number): Uint8Array =>
  protobuf.Writer.create()
    .uint32(number * 8 + 2)
    .uint32(length)
    .finish();

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0);

/** An attribute's value with ONNX's number for its type. */
function attribute(value: AttributeValue) {
  if ("f" in value) return { ...value, type: 1 };
  if ("i" in value) return { ...value, type: 2 };
  if ("s" in value) return { s: Buffer.from(value.s), type: 3 };
  if ("t" in value) return { ...value, type: 4 };
  if ("ints" in value) return { ...value, type: 7 };
  return { strings: value.strings.map((text) => Buffer.from(text)), type: 8 };
}

const valueInfo = ({ name, shape }: ValueInfo) => ({
  name,
  type: {
    tensorType: {
      elemType: dataType.float,
      shape: { dim: shape.map((size) => (size === -1 ? { dimParam: "batch" } : { dimValue: size })) },
    },
  },
});
