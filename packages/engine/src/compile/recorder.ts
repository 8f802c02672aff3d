import type { Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import type { NodeJSKernelBackend } from "@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js";
import type { TFEOpAttr } from "@tensorflow/tfjs-node/dist/tfjs_binding.js";
import type { GraphBuilder, GraphDtype } from "./graph-builder.js";
import { type AttrValue, shapeOf } from "./saved-model.js";

/** Thrown when a computation can't be replayed: it reads a value that the next run may change. */
export class NotRecordable extends Error {}

/** An argument of an op that is no tensor: tfjs-node's `Int64Scalar`. */
interface Int64Argument {
  readonly valueArray: ArrayLike<number>;
}

type Argument = TensorInfo | Int64Argument;

const isInt64 = (argument: Argument): argument is Int64Argument => "valueArray" in argument;

/** Where a tensor's value comes from in the graph. One value may be seen in several shapes. */
interface Source {
  readonly node: string;
  readonly shape: readonly number[];
}

const text = new TextEncoder();

/** A constant of more values than this is looked at: zeros and ones are written as such. */
const LONG = 256;

const onlyValueOf = (values: Float32Array): number | undefined =>
  values.every((value) => value === values[0]) ? values[0] : undefined;

/**
 * Writes down every TensorFlow op that the backend executes, as nodes of a graph. Tensors that are not bound to a node and were
 * not made while recording become constants.
 *
 * Every op of the catalogue reaches TensorFlow through `executeSingleOutput` or `executeMultipleOutputs`, which are replaced
 * while `record` runs.
 */
export class Recorder {
  /** By the identity of a tensor's data. */
  readonly #sources = new Map<object, Source>();

  constructor(
    private readonly backend: NodeJSKernelBackend,
    private readonly graph: GraphBuilder,
  ) {}

  /** From here on, `tensor` stands for what `node` makes. */
  bind(tensor: Tensor, node: string): void {
    this.#sources.set(tensor.dataId, { node, shape: tensor.shape });
  }

  /** The node whose output is `tensor`'s value in `tensor`'s shape. */
  nodeOf(tensor: Argument): string {
    if (isInt64(tensor)) return this.graph.constant(BigInt64Array.of(BigInt(tensor.valueArray[0] ?? 0)), [], "int64");
    const dtype = dtypeOf(tensor);
    const source = this.#sources.get(tensor.dataId) ?? this.#constant(tensor, dtype);
    if (source.shape.join() === tensor.shape.join()) return source.node;
    return this.graph.reshape(source.node, tensor.shape, dtype);
  }

  /**
   * Runs `compute` once for real and records it.
   * @throws NotRecordable
   */
  record<T>(compute: () => T): T {
    const { backend } = this;
    const { executeSingleOutput, executeMultipleOutputs, readSync } = backend;
    backend.executeSingleOutput = (op, attributes, inputs) => {
      const nodes = inputs.map((input) => this.nodeOf(input));
      const output = executeSingleOutput.call(backend, op, attributes, inputs);
      this.bind(output, this.graph.add(op, nodes, this.#attributes(attributes)));
      return output;
    };
    backend.executeMultipleOutputs = (op, attributes, inputs, count) => {
      const nodes = inputs.map((input) => this.nodeOf(input));
      const outputs = executeMultipleOutputs.call(backend, op, attributes, inputs, count);
      const node = this.graph.add(op, nodes, this.#attributes(attributes));
      outputs.forEach((output, index) => {
        this.bind(output, index === 0 ? node : `${node}:${index}`);
      });
      return outputs;
    };
    backend.readSync = (dataId) => {
      if (this.#sources.has(dataId)) throw new NotRecordable("it looks at values while it runs");
      return readSync.call(backend, dataId);
    };
    try {
      return compute();
    } finally {
      Object.assign(backend, { executeSingleOutput, executeMultipleOutputs, readSync });
    }
  }

  /** A tensor that JavaScript made: its value is the same in every run. */
  #constant(tensor: TensorInfo, dtype: GraphDtype): Source {
    const values = this.backend.readSync(tensor.dataId);
    if (!ArrayBuffer.isView(values)) throw new NotRecordable("it holds texts");
    const filling = values instanceof Float32Array && values.length > LONG ? onlyValueOf(values) : undefined;
    const node =
      filling === undefined ? this.graph.constant(values, tensor.shape, dtype) : this.graph.fill(tensor.shape, filling);
    const source = { node, shape: tensor.shape };
    this.#sources.set(tensor.dataId, source);
    return source;
  }

  #attributes(attributes: readonly TFEOpAttr[]): Record<string, AttrValue> {
    return Object.fromEntries(attributes.map((attribute) => [attribute.name, this.#attribute(attribute)]));
  }

  #attribute({ name, type, value }: TFEOpAttr): AttrValue {
    const { binding } = this.backend;
    const list = Array.isArray(value) ? value : undefined;
    const odd = () => new NotRecordable(`its attribute ${name} has an unknown type`);
    switch (type) {
      case binding.TF_ATTR_STRING:
        return { s: text.encode(String(value)) };
      case binding.TF_ATTR_INT:
        return list ? { list: { i: list } } : { i: Number(value) };
      case binding.TF_ATTR_FLOAT:
        return list ? { list: { f: list } } : { f: Number(value) };
      case binding.TF_ATTR_BOOL:
        return { b: Boolean(value) };
      case binding.TF_ATTR_TYPE:
        return list ? { list: { type: list } } : { type: Number(value) };
      case binding.TF_ATTR_SHAPE:
        if (list === undefined) throw odd();
        return { shape: shapeOf(list.map(Number)) };
      default:
        throw odd();
    }
  }
}

function dtypeOf({ dtype }: TensorInfo): GraphDtype {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new NotRecordable(`it has tensors of ${dtype}`);
}
