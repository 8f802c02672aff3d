import { Module } from "../module/module.js";
import type { Value } from "../module/value.js";
import { asPadding, asPair, type PairLike } from "./arguments.js";

export interface PoolOptions {
  /** Default: the kernel's size. */
  readonly stride?: PairLike;
  /** At most half of the kernel. Default 0. */
  readonly padding?: PairLike;
}

abstract class Pool2d extends Module {
  protected readonly window;

  constructor(kernelSize: PairLike, options: PoolOptions = {}) {
    super();
    this.window = {
      kernel: asPair(kernelSize, "kernelSize"),
      stride: asPair(options.stride ?? kernelSize, "stride"),
      padding: asPadding(options.padding ?? 0, "padding"),
    };
  }
}

/** The largest value of each window, `[batch, channels, height, width]`, sizes rounded down. Source: PyTorch's `nn.MaxPool2d`. */
export class MaxPool2d extends Pool2d {
  forward(x: Value): Value {
    return x.apply("max_pool2d", { layer: this, attributes: this.window });
  }
}

/** The mean of each window, padding counted as zeros, `[batch, channels, height, width]`, sizes rounded down. Source: PyTorch's `nn.AvgPool2d`. */
export class AvgPool2d extends Pool2d {
  forward(x: Value): Value {
    return x.apply("avg_pool2d", { layer: this, attributes: this.window });
  }
}
