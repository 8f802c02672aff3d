import type { Tensor } from "@tensorflow/tfjs-core";
import { elementCount, type Parameter, type ParameterSet, TributaryError } from "@tributary/protocol";
import type { Backend, TensorFlow } from "../backend/backend.js";
import type { Program } from "./program.js";

/** @throws TributaryError `shape_mismatch` when the parameters are not the graph's, in its order and shapes */
export function checkParameters(program: Program, parameters: ParameterSet): void {
  const wanted = program.graph.parameters;
  if (parameters.length !== wanted.length)
    throw new TributaryError("shape_mismatch", `expected ${wanted.length} parameters, got ${parameters.length}`);
  parameters.forEach((parameter, index) => {
    const expected = wanted[index];
    if (parameter.name !== expected?.name || String(parameter.shape) !== String(expected.shape))
      throw new TributaryError(
        "shape_mismatch",
        `parameter ${index} is ${parameter.name} [${parameter.shape}], expected ${expected?.name} [${expected?.shape}]`,
      );
    if (parameter.values.length !== elementCount(parameter.shape))
      throw new TributaryError("shape_mismatch", `${parameter.name} has ${parameter.values.length} values`);
  });
}

/**
 * The border between PyTorch's layouts, in which parameters travel, and the engine's. The values are copied.
 * The caller frees the tensors.
 * @throws TributaryError `shape_mismatch` when the parameters are not the graph's, in its order and shapes
 */
export function importParameters(backend: Backend, program: Program, parameters: ParameterSet): Map<string, Tensor> {
  checkParameters(program, parameters);
  return new Map(parameters.map((parameter) => [parameter.name, importValues(backend, program, parameter)]));
}

/** The same for one parameter, or what goes with it, whose shape was checked. */
export function importValues({ tf }: Backend, program: Program, { name, shape, values }: Parameter): Tensor {
  const axes = program.axes.get(name);
  if (axes === undefined) return tf.tensor(values.slice(), [...shape]);
  return tf.tidy(() => tf.transpose(tf.tensor(values, [...shape]), [...axes]));
}

/** The way back. @throws TributaryError `internal` when a parameter is missing */
export const exportParameters = (
  backend: Backend,
  program: Program,
  tensors: ReadonlyMap<string, Tensor>,
): Parameter[] =>
  program.graph.parameters.map(({ name, shape }) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new TributaryError("internal", `${name} was not imported`);
    return { name, shape, values: exportValues(backend, program, name, tensor) };
  });

/** What a parameter, or its gradient, is in PyTorch's layout. The values are copied. */
export function exportValues({ tf }: Backend, program: Program, name: string, tensor: Tensor): Float32Array {
  const axes = program.axes.get(name);
  if (axes === undefined) return valuesOf(tensor);
  const inverse = axes.map((_, axis) => axes.indexOf(axis));
  return read(tf, () => tf.transpose(tensor, inverse));
}

/** Computes a tensor and copies its values out. They must not leave through `tf.tidy`, which looks into every one of them. */
function read(tf: TensorFlow, compute: () => Tensor): Float32Array {
  const tensor = tf.tidy(compute);
  try {
    return valuesOf(tensor);
  } finally {
    tensor.dispose();
  }
}

/** The values of a float32 tensor, copied out. */
export function valuesOf(tensor: Tensor): Float32Array {
  const values = tensor.dataSync();
  if (!(values instanceof Float32Array)) throw new TributaryError("internal", "a tensor is not float32");
  return values;
}
