import { type AttrValue, type NodeDef, shapeOf } from "./saved-model.js";

/** TensorFlow's numbers of element types. Source: tensorflow/core/framework/types.proto. */
export const DTYPE = { float32: 1, int32: 3, string: 7, int64: 9, bool: 10 } as const;
export type GraphDtype = keyof typeof DTYPE;

const text = new TextEncoder();

/** Adds nodes to a graph under names that are used once. */
export class GraphBuilder {
  readonly nodes: NodeDef[] = [];
  #count = 0;

  /** @param name must be new; default: the op's, with a number @returns the name, which stands for the first output */
  add(op: string, input: readonly string[], attr: Readonly<Record<string, AttrValue>>, name?: string): string {
    this.#count += 1;
    const unique = name ?? `${op}_${this.#count}`;
    this.nodes.push({ name: unique, op, input, attr });
    return unique;
  }

  placeholder(name: string, dtype: GraphDtype, shape: readonly number[]): string {
    return this.add("Placeholder", [], { dtype: { type: DTYPE[dtype] }, shape: { shape: shapeOf(shape) } }, name);
  }

  constant(values: ArrayBufferView, shape: readonly number[], dtype: GraphDtype): string {
    const bytes = Uint8Array.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return this.add("Const", [], {
      dtype: { type: DTYPE[dtype] },
      value: { tensor: { dtype: DTYPE[dtype], tensor_shape: shapeOf(shape), tensor_content: bytes } },
    });
  }

  reshape(from: string, shape: readonly number[], dtype: GraphDtype): string {
    const sizes = this.constant(Int32Array.from(shape), [shape.length], "int32");
    return this.add("Reshape", [from, sizes], { T: { type: DTYPE[dtype] }, Tshape: { type: DTYPE.int32 } });
  }

  /** A float32 tensor of one number. */
  fill(shape: readonly number[], value: number): string {
    const sizes = this.constant(Int32Array.from(shape), [shape.length], "int32");
    const number = this.constant(Float32Array.of(value), [], "float32");
    return this.add("Fill", [sizes, number], { T: { type: DTYPE.float32 }, index_type: { type: DTYPE.int32 } });
  }

  transpose(from: string, axes: readonly number[], name?: string): string {
    const order = this.constant(Int32Array.from(axes), [axes.length], "int32");
    return this.add("Transpose", [from, order], { T: { type: DTYPE.float32 }, Tperm: { type: DTYPE.int32 } }, name);
  }

  /** A float32 variable that lives as long as the session. */
  variable(name: string, shape: readonly number[]): string {
    return this.add(
      "VarHandleOp",
      [],
      {
        dtype: { type: DTYPE.float32 },
        shape: { shape: shapeOf(shape) },
        shared_name: { s: text.encode(name) },
        container: { s: new Uint8Array() },
      },
      name,
    );
  }

  read(variable: string, name?: string): string {
    return this.add("ReadVariableOp", [variable], { dtype: { type: DTYPE.float32 } }, name);
  }

  assign(variable: string, value: string): string {
    return this.add("AssignVariableOp", [variable, value], { dtype: { type: DTYPE.float32 } });
  }

  /** The same value, there when all of `after` have run. */
  identity(value: string, name: string, after: readonly string[] = []): string {
    return this.add("Identity", [value, ...after.map((node) => `^${node}`)], { T: { type: DTYPE.float32 } }, name);
  }

  /** A value that is there when all of `after` have run: fetch it to run them. */
  done(name: string, after: readonly string[]): string {
    return this.identity(this.constant(Float32Array.of(1), [], "float32"), name, after);
  }
}
