import { TributaryError } from "@tributary/protocol";
import * as activation from "./layers/activation.js";
import { asDimension, asDimensions, type SizesLike } from "./layers/arguments.js";
import { Dropout, Dropout2d } from "./layers/dropout.js";
import { AdaptiveAvgPool2d, AvgPool2d, MaxPool2d, type PoolOptions } from "./layers/pooling.js";
import { Flatten, Pad, Permute, Reshape, Upsample, type UpsampleOptions } from "./layers/shape.js";
import { ParameterSlot } from "./module/module.js";
import type { Value } from "./module/value.js";

// What layers without parameters do, as functions, and what joins several values: for use inside `forward`, as in PyTorch's
// `torch.nn.functional` and `torch`. Each throws TributaryError `shape_mismatch` where shapes do not fit.

/** max(0, x). See {@link activation.ReLU}. */
export const relu = (x: Value): Value => new activation.ReLU().forward(x);
/** See {@link activation.LeakyReLU}. */
export const leakyRelu = (x: Value, negativeSlope?: number): Value =>
  new activation.LeakyReLU(negativeSlope).forward(x);
/** See {@link activation.ELU}. */
export const elu = (x: Value, alpha?: number): Value => new activation.ELU(alpha).forward(x);
/** See {@link activation.SELU}. */
export const selu = (x: Value): Value => new activation.SELU().forward(x);
/** See {@link activation.GELU}. */
export const gelu = (x: Value, options?: { readonly approximate?: "none" | "tanh" }): Value =>
  new activation.GELU(options).forward(x);
/** See {@link activation.SiLU}. */
export const silu = (x: Value): Value => new activation.SiLU().forward(x);
/** See {@link activation.Sigmoid}. */
export const sigmoid = (x: Value): Value => new activation.Sigmoid().forward(x);
/** See {@link activation.Tanh}. */
export const tanh = (x: Value): Value => new activation.Tanh().forward(x);
/** See {@link activation.Hardtanh}. */
export const hardtanh = (x: Value, min?: number, max?: number): Value => new activation.Hardtanh(min, max).forward(x);
/** See {@link activation.Softplus}. */
export const softplus = (x: Value, beta?: number, threshold?: number): Value =>
  new activation.Softplus(beta, threshold).forward(x);
/** exp(x) / Σ exp(x) along `dim`, 1 by default. See {@link activation.Softmax}. */
export const softmax = (x: Value, dim = 1): Value => new activation.Softmax(dim).forward(x);
/** The logarithm of softmax along `dim`, 1 by default. See {@link activation.LogSoftmax}. */
export const logSoftmax = (x: Value, dim = 1): Value => new activation.LogSoftmax(dim).forward(x);

/** The largest value of each window. See {@link MaxPool2d}. */
export const maxPool2d = (x: Value, kernelSize: SizesLike, options?: PoolOptions): Value =>
  new MaxPool2d(kernelSize, options).forward(x);
/** The mean of each window. See {@link AvgPool2d}. */
export const avgPool2d = (x: Value, kernelSize: SizesLike, options?: PoolOptions): Value =>
  new AvgPool2d(kernelSize, options).forward(x);
/** See {@link AdaptiveAvgPool2d}. */
export const adaptiveAvgPool2d = (x: Value, outputSize: SizesLike): Value =>
  new AdaptiveAvgPool2d(outputSize).forward(x);

/** While training, zeroes each value with probability `p`, 0.5 by default. See {@link Dropout}. */
export const dropout = (x: Value, p = 0.5): Value => new Dropout(p).forward(x);
/** Dropout of whole channels. See {@link Dropout2d}. */
export const dropout2d = (x: Value, p = 0.5): Value => new Dropout2d(p).forward(x);

/** Joins all dimensions from `startDim` on, 1 by default: the batch stays. See {@link Flatten}. */
export const flatten = (x: Value, startDim = 1): Value => new Flatten(startDim).forward(x);
/** Another shape for each sample, given without the batch; one size may be −1. See {@link Reshape}. */
export const reshape = (x: Value, shape: readonly number[]): Value => new Reshape(shape).forward(x);
/** The dimensions in another order, 0 first. See {@link Permute}. */
export const permute = (x: Value, dims: readonly number[]): Value => new Permute(dims).forward(x);
/** Puts `value`, 0 by default, around the last dimensions. See {@link Pad}. */
export const pad = (x: Value, padding: readonly number[], value = 0): Value => new Pad(padding, value).forward(x);
/** See {@link Upsample}. */
export const upsample = (x: Value, options: UpsampleOptions): Value => new Upsample(options).forward(x);

/** What an arithmetic op takes besides its first value: another one, a parameter of a sample's dimensions, or a number. */
export type Operand = Value | ParameterSlot | number;

function binary(op: string, a: Value, b: Operand): Value {
  if (typeof b === "number") return a.apply(op, { attributes: { scalar: b } });
  if (b instanceof ParameterSlot) return a.apply(op, { parameters: { other: b } });
  return a.apply(op, { others: [b] });
}

/** a + b, sizes of 1 standing for all. Source: PyTorch's `torch.add`. */
export const add = (a: Value, b: Operand): Value => binary("add", a, b);
/** a − b. Source: PyTorch's `torch.sub`. */
export const sub = (a: Value, b: Operand): Value => binary("sub", a, b);
/** a · b, value by value. Source: PyTorch's `torch.mul`. */
export const mul = (a: Value, b: Operand): Value => binary("mul", a, b);
/** a / b. Source: PyTorch's `torch.div`. */
export const div = (a: Value, b: Operand): Value => binary("div", a, b);
/** A matrix product for each sample, `[batch, n, k]` by `[batch, k, m]`. Source: PyTorch's `torch.matmul`. */
export const matmul = (a: Value, b: Value): Value => a.apply("matmul", { others: [b] });

/** Values side by side along `dim`, 1 by default. Source: PyTorch's `torch.cat`. */
export function concat(values: readonly Value[], dim = 1): Value {
  const [first, ...others] = values;
  if (first === undefined) throw new TributaryError("shape_mismatch", "concat: expected at least one value, got none");
  return first.apply("concat", { others, attributes: { dim: asDimension(dim, first) } });
}

/** `length` places of dimension `dim` from `start` on. Source: PyTorch's `torch.narrow`. */
export const narrow = (x: Value, dim: number, start: number, length: number): Value =>
  x.apply("narrow", { attributes: { dim: asDimension(dim, x), start, length } });

/**
 * A value cut along `dim`, 1 by default, into pieces of these sizes, or of one size, the last maybe smaller.
 * Source: PyTorch's `torch.split`.
 */
export function split(x: Value, sizes: number | readonly number[], dim = 1): Value[] {
  const axis = asDimension(dim, x);
  const total = x.shape[axis] ?? 0;
  const pieces = typeof sizes === "number" ? piecesOf(total, sizes) : [...sizes];
  if (pieces.reduce((sum, size) => sum + size, 0) !== total)
    throw new TributaryError(
      "shape_mismatch",
      `split: [${pieces}] do not make up the ${total} places of dimension ${axis}`,
    );
  let start = 0;
  return pieces.map((length) => {
    const piece = narrow(x, axis, start, length);
    start += length;
    return piece;
  });
}

function piecesOf(total: number, size: number): number[] {
  if (!Number.isInteger(size) || size < 1)
    throw new TributaryError("shape_mismatch", `split: expected a size from 1 on, got ${size}`);
  return Array.from({ length: Math.ceil(total / size) }, (_, at) => Math.min(size, total - at * size));
}

/** One dimension or several, counted from 0, the batch, which stays; negative from the end. */
type Dims = number | readonly number[];
interface KeepDim {
  /** Whether the dimensions stay, with size 1. Default false. */
  readonly keepDim?: boolean;
}

const reduce = (op: string, x: Value, dims: Dims, { keepDim = false }: KeepDim): Value =>
  x.apply(op, { attributes: { dims: asDimensions(dims, x), keepDim } });

/** The mean along `dims`. Source: PyTorch's `torch.mean`. */
export const mean = (x: Value, dims: Dims, options: KeepDim = {}): Value => reduce("mean", x, dims, options);
/** The sum along `dims`. Source: PyTorch's `torch.sum`. */
export const sum = (x: Value, dims: Dims, options: KeepDim = {}): Value => reduce("sum", x, dims, options);
/** The highest value along `dims`. Source: PyTorch's `torch.amax`. */
export const max = (x: Value, dims: Dims, options: KeepDim = {}): Value => reduce("max", x, dims, options);
