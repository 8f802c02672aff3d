/** A named tensor of a model, PyTorch's name and layout, float32, row-major. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** product(shape) values. */
  readonly values: Float32Array;
}

/** The parameters of a model, in the order of its graph. */
export type ParameterSet = readonly Parameter[];

/** product(shape); 1 for a scalar, whose shape is empty. */
export const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
