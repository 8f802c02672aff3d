import type { Shape } from "../ops/op.js";
import type { Names } from "./names.js";
import { type AttributeValue, dataType, type NodeProto, type TensorProto } from "./proto.js";

/** An ONNX operator about to be applied. */
export interface Step {
  readonly op: string;
  /** Names of values; "" for one that is left out. */
  readonly inputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

/** Writes the steps of one node of the catalogue; what they make is named after it. */
export class NodeWriter {
  constructor(
    private readonly nodes: NodeProto[],
    private readonly names: Names,
    /** Name of the node. */
    private readonly place: string,
  ) {}

  /** @returns the name of what the step makes */
  step(op: string, inputs: readonly string[], attributes: Step["attributes"] = {}): string {
    return this.output(0, op, inputs, attributes);
  }

  /** Writes a step of which only output `index` is wanted. @returns its name */
  output(index: number, op: string, inputs: readonly string[], attributes: Step["attributes"] = {}): string {
    const name = this.fresh(op);
    this.push(op, inputs, attributes, [...Array.from({ length: index }, () => ""), name]);
    return name;
  }

  /** Cuts a value into equal pieces along an axis. @returns their names */
  split(x: string, axis: number, pieces: number): string[] {
    const names = Array.from({ length: pieces }, () => this.fresh("Split"));
    this.push("Split", [x], { axis: { i: axis } }, names);
    return names;
  }

  /** Writes the last step, whose value has the name `output`. */
  last({ op, inputs, attributes = {} }: Step, output: string): void {
    this.push(op, inputs, attributes, [output]);
  }

  /** A constant of float32. @param shape default: a scalar */
  floats(values: ArrayLike<number>, shape: Shape = []): string {
    return this.constant({
      dims: shape,
      dataType: dataType.float,
      rawData: new Uint8Array(Float32Array.from(values).buffer),
    });
  }

  /** A constant list of whole numbers. */
  ints(values: readonly number[]): string {
    return this.constant({ dims: [values.length], dataType: dataType.int64, int64Data: values });
  }

  /** A value that is the same number everywhere; it takes no room in the file. */
  filled(shape: Shape, value: number): string {
    const rawData = new Uint8Array(Float32Array.of(value).buffer);
    return this.step("ConstantOfShape", [this.ints(shape)], {
      value: { t: { dims: [1], dataType: dataType.float, rawData } },
    });
  }

  private constant(t: TensorProto): string {
    return this.step("Constant", [], { value: { t } });
  }

  private fresh(op: string): string {
    return this.names.unique(`${this.place}/${op}`);
  }

  private push(
    opType: string,
    input: readonly string[],
    attributes: NonNullable<Step["attributes"]>,
    output: readonly string[],
  ): void {
    this.nodes.push({ name: this.names.unique(`node:${output.at(-1)}`), opType, input, output, attributes });
  }
}
