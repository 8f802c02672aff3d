import type { Tensor } from "@tensorflow/tfjs-core";
import { elementCount, TributaryError } from "@tributary/protocol";
import type { TensorFlow } from "../backend/backend.js";
import type { Program } from "./program.js";

/** A tensor outside of the engine: row-major, in PyTorch's layout. Class indices are an Int32Array. */
export interface Dense {
  /** `[batch, channels, height, width]` for images. */
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** The values are copied. */
export const toTensor = (tf: TensorFlow, { shape, values }: Dense): Tensor =>
  tf.tensor(values.slice(), [...shape], values instanceof Int32Array ? "int32" : "float32");

/** @throws TributaryError `shape_mismatch` when the values do not fill the shape */
export function checkFilled(what: string, { shape, values }: Dense): void {
  if (values.length !== elementCount(shape) || values.length === 0)
    throw new TributaryError("shape_mismatch", `${what}: ${values.length} values do not fill [${shape}]`);
}

/**
 * @returns the size of the batch
 * @throws TributaryError `shape_mismatch` when there are too few or too many, when one does not fit, or when an index does not
 *   fit the embedding that it is looked up in
 */
export function checkInputs(program: Program, inputs: readonly Dense[]): number {
  if (inputs.length !== program.inputs.length)
    throw new TributaryError("shape_mismatch", `the model takes ${program.inputs.length} inputs, got ${inputs.length}`);
  const batch = inputs[0]?.shape[0] ?? 0;
  program.inputs.forEach(({ name, shape: wanted }, index) => {
    const input = inputs[index] ?? { shape: [], values: new Float32Array() };
    const [size = 0, ...sample] = input.shape;
    const fits = Number.isInteger(size) && size > 0 && String(sample) === String(wanted.slice(1));
    if (!fits || input.values.length !== elementCount(input.shape))
      throw new TributaryError(
        "shape_mismatch",
        `a batch is [${input.shape}] with ${input.values.length} values; the model's ${name} takes [${wanted}]`,
      );
    if (size !== batch)
      throw new TributaryError("shape_mismatch", `${name} has ${size} samples, another input ${batch}`);
    checkIndices(program.indexed.get(name), input.values);
  });
  return batch;
}

function checkIndices(rows: number | undefined, values: Dense["values"]): void {
  if (rows === undefined) return;
  const stray = values.find((index) => !(Number.isInteger(index) && index >= 0 && index < rows));
  if (stray !== undefined)
    throw new TributaryError("shape_mismatch", `index ${stray} does not fit the ${rows} rows of the embedding`);
}
