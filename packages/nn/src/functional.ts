import { LogSoftmax, ReLU, Softmax } from "./layers/activation.js";
import type { PairLike } from "./layers/arguments.js";
import { Dropout } from "./layers/dropout.js";
import { AvgPool2d, MaxPool2d, type PoolOptions } from "./layers/pooling.js";
import { Flatten } from "./layers/shape.js";
import type { Value } from "./module/value.js";

/** The layers without parameters as functions, for use inside `forward`. Names and defaults as in PyTorch's `torch.nn.functional`. */
export const relu = (x: Value): Value => new ReLU().forward(x);
export const softmax = (x: Value, dim = 1): Value => new Softmax(dim).forward(x);
export const logSoftmax = (x: Value, dim = 1): Value => new LogSoftmax(dim).forward(x);
export const maxPool2d = (x: Value, kernelSize: PairLike, options?: PoolOptions): Value =>
  new MaxPool2d(kernelSize, options).forward(x);
export const avgPool2d = (x: Value, kernelSize: PairLike, options?: PoolOptions): Value =>
  new AvgPool2d(kernelSize, options).forward(x);
export const flatten = (x: Value, startDim = 1): Value => new Flatten(startDim).forward(x);
export const dropout = (x: Value, p = 0.5): Value => new Dropout(p).forward(x);
