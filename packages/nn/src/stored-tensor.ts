import type { Parameter } from "@tributary/protocol";

/** A tensor of a model's file, its values still as they lie there. */
export interface StoredTensor {
  readonly name: string;
  /** Type of its values by the file's own name for it: "F32" in safetensors, "FLOAT" in ONNX. */
  readonly type: string;
  readonly shape: readonly number[];
  /** Its values as float32, copied out; absent for a type that is no floating-point number. */
  readonly floats?: () => Float32Array;
}

/** The tensors that a network could have as parameters: those of floating-point types. */
export const parametersOf = (tensors: readonly StoredTensor[]): Parameter[] =>
  tensors.flatMap(({ name, shape, floats }) => (floats === undefined ? [] : [{ name, shape, values: floats() }]));

/** Whether this is PyTorch's count of a batch norm's batches: a whole number that no network here needs. */
export const isBatchCount = (name: string): boolean => /(^|\.)num_batches_tracked$/.test(name);
