import protobuf from "protobufjs";

// The messages of TensorFlow's saved_model.proto, graph.proto and attr_value.proto, as far as a recorded step needs them.
// Source: https://github.com/tensorflow/tensorflow/tree/master/tensorflow/core/{framework,protobuf}
const { root } = protobuf.parse(
  `syntax = "proto3";
   message Shape { message Dim { int64 size = 1; } repeated Dim dim = 2; }
   message Tensor { int32 dtype = 1; Shape tensor_shape = 2; bytes tensor_content = 4; }
   message ListValue {
     repeated bytes s = 2; repeated int64 i = 3; repeated float f = 4; repeated bool b = 5; repeated int32 type = 6;
     repeated Shape shape = 7;
   }
   message AttrValue {
     oneof value {
       bytes s = 2; int64 i = 3; float f = 4; bool b = 5; int32 type = 6; Shape shape = 7; Tensor tensor = 8; ListValue list = 1;
     }
   }
   message NodeDef { string name = 1; string op = 2; repeated string input = 3; string device = 4; map<string, AttrValue> attr = 5; }
   message VersionDef { int32 producer = 1; int32 min_consumer = 2; }
   message GraphDef { repeated NodeDef node = 1; VersionDef versions = 4; }
   message MetaInfoDef { repeated string tags = 4; }
   message MetaGraphDef { MetaInfoDef meta_info_def = 1; GraphDef graph_def = 2; }
   message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraphDef meta_graphs = 2; }`,
  { keepCase: true },
);
const SavedModel = root.lookupType("SavedModel");

export interface TensorShape {
  readonly dim: readonly { readonly size: number }[];
}

/** The value of an attribute: exactly one of these. */
export type AttrValue =
  | { readonly s: Uint8Array }
  | { readonly i: number }
  | { readonly f: number }
  | { readonly b: boolean }
  | { readonly type: number }
  | { readonly shape: TensorShape }
  | { readonly tensor: { dtype: number; tensor_shape: TensorShape; tensor_content: Uint8Array } }
  | { readonly list: Readonly<Record<string, readonly unknown[]>> };

/** One op of a recorded graph. An input is "node" or "node:1", one that only must come before is "^node". */
export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, AttrValue>>;
}

export const shapeOf = (sizes: readonly number[]): TensorShape => ({ dim: sizes.map((size) => ({ size })) });

/** Version of the graph's format: what TensorFlow 2.15 and later write. */
const PRODUCER = 1700;

/** The name under which a session is opened. */
export const TAG = "serve";

/** The bytes of `saved_model.pb` for a graph without signatures. */
export const encodeSavedModel = (nodes: readonly NodeDef[]): Uint8Array =>
  SavedModel.encode(
    SavedModel.fromObject({
      saved_model_schema_version: 1,
      meta_graphs: [{ meta_info_def: { tags: [TAG] }, graph_def: { node: nodes, versions: { producer: PRODUCER } } }],
    }),
  ).finish();
