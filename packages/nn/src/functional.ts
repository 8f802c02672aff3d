import { LogSoftmax, ReLU, Softmax } from "./layers/activation.js";
import type { PairLike } from "./layers/arguments.js";
import { Dropout } from "./layers/dropout.js";
import { AvgPool2d, MaxPool2d, type PoolOptions } from "./layers/pooling.js";
import { Flatten } from "./layers/shape.js";
import type { Value } from "./module/value.js";

// The layers without parameters as functions, for use inside `forward`, as in PyTorch's `torch.nn.functional`.

/** max(0, x). See {@link ReLU}. */
export const relu = (x: Value): Value => new ReLU().forward(x);

/** exp(x) / Σ exp(x) along `dim`, 1 by default. See {@link Softmax}. @throws TributaryError `shape_mismatch` */
export const softmax = (x: Value, dim = 1): Value => new Softmax(dim).forward(x);

/** The logarithm of softmax along `dim`, 1 by default. See {@link LogSoftmax}. @throws TributaryError `shape_mismatch` */
export const logSoftmax = (x: Value, dim = 1): Value => new LogSoftmax(dim).forward(x);

/** The largest value of each window. See {@link MaxPool2d}. @throws TributaryError `shape_mismatch` */
export const maxPool2d = (x: Value, kernelSize: PairLike, options?: PoolOptions): Value =>
  new MaxPool2d(kernelSize, options).forward(x);

/** The mean of each window. See {@link AvgPool2d}. @throws TributaryError `shape_mismatch` */
export const avgPool2d = (x: Value, kernelSize: PairLike, options?: PoolOptions): Value =>
  new AvgPool2d(kernelSize, options).forward(x);

/** Joins all dimensions from `startDim` on, 1 by default: the batch stays. See {@link Flatten}. @throws TributaryError `shape_mismatch` */
export const flatten = (x: Value, startDim = 1): Value => new Flatten(startDim).forward(x);

/** While training, zeroes each value with probability `p`, 0.5 by default. See {@link Dropout}. */
export const dropout = (x: Value, p = 0.5): Value => new Dropout(p).forward(x);
