import { Module } from "../module/module.js";
import type { Value } from "../module/value.js";
import { asPadding, asSizes, type SizesLike } from "./arguments.js";

export interface PoolOptions {
  /** Default: the kernel's size. */
  readonly stride?: SizesLike;
  /** At most half of the kernel. Default 0. */
  readonly padding?: SizesLike;
}

abstract class Pool extends Module {
  private readonly window;

  constructor(
    private readonly op: "max_pool" | "avg_pool",
    private readonly axes: 1 | 2 | 3,
    kernelSize: SizesLike,
    options: PoolOptions,
  ) {
    super();
    this.window = {
      kernel: asSizes(kernelSize, axes, "kernelSize"),
      stride: asSizes(options.stride ?? kernelSize, axes, "stride"),
      padding: asPadding(options.padding ?? 0, axes, "padding"),
    };
  }

  forward(x: Value): Value {
    return x.apply(`${this.op}${this.axes}d`, { layer: this, attributes: this.window });
  }
}

/** The largest value of each window, `[batch, channels, length]`, sizes rounded down. Source: PyTorch's `nn.MaxPool1d`. */
export class MaxPool1d extends Pool {
  /** @throws TributaryError `shape_mismatch` */
  constructor(kernelSize: SizesLike, options: PoolOptions = {}) {
    super("max_pool", 1, kernelSize, options);
  }
}

/** The largest value of each window, `[batch, channels, height, width]`, sizes rounded down. Source: PyTorch's `nn.MaxPool2d`. */
export class MaxPool2d extends Pool {
  /** @throws TributaryError `shape_mismatch` */
  constructor(kernelSize: SizesLike, options: PoolOptions = {}) {
    super("max_pool", 2, kernelSize, options);
  }
}

/** The largest value of each window, `[batch, channels, depth, height, width]`. Source: PyTorch's `nn.MaxPool3d`. */
export class MaxPool3d extends Pool {
  /** @throws TributaryError `shape_mismatch` */
  constructor(kernelSize: SizesLike, options: PoolOptions = {}) {
    super("max_pool", 3, kernelSize, options);
  }
}

/** The mean of each window, padding counted as zeros, `[batch, channels, length]`. Source: PyTorch's `nn.AvgPool1d`. */
export class AvgPool1d extends Pool {
  /** @throws TributaryError `shape_mismatch` */
  constructor(kernelSize: SizesLike, options: PoolOptions = {}) {
    super("avg_pool", 1, kernelSize, options);
  }
}

/** The mean of each window, padding counted as zeros, `[batch, channels, height, width]`, sizes rounded down. Source: PyTorch's `nn.AvgPool2d`. */
export class AvgPool2d extends Pool {
  /** @throws TributaryError `shape_mismatch` */
  constructor(kernelSize: SizesLike, options: PoolOptions = {}) {
    super("avg_pool", 2, kernelSize, options);
  }
}

/** The mean of each window, padding counted as zeros, `[batch, channels, depth, height, width]`. Source: PyTorch's `nn.AvgPool3d`. */
export class AvgPool3d extends Pool {
  /** @throws TributaryError `shape_mismatch` */
  constructor(kernelSize: SizesLike, options: PoolOptions = {}) {
    super("avg_pool", 3, kernelSize, options);
  }
}

abstract class AdaptiveAvgPool extends Module {
  private readonly output: number[];

  constructor(
    private readonly axes: 1 | 2 | 3,
    outputSize: SizesLike,
  ) {
    super();
    this.output = asSizes(outputSize, axes, "outputSize");
  }

  forward(x: Value): Value {
    return x.apply(`adaptive_avg_pool${this.axes}d`, { layer: this, attributes: { output: this.output } });
  }
}

/** Means over as many windows as asked for, `[batch, channels, outputSize]`. Source: PyTorch's `nn.AdaptiveAvgPool1d`. */
export class AdaptiveAvgPool1d extends AdaptiveAvgPool {
  /** @throws TributaryError `shape_mismatch` */
  constructor(outputSize: SizesLike) {
    super(1, outputSize);
  }
}

/** Means over as many windows as asked for, `[batch, channels, ...outputSize]`; 1: the mean of a channel. Source: PyTorch's `nn.AdaptiveAvgPool2d`. */
export class AdaptiveAvgPool2d extends AdaptiveAvgPool {
  /** @throws TributaryError `shape_mismatch` */
  constructor(outputSize: SizesLike) {
    super(2, outputSize);
  }
}

/** Means over as many windows as asked for, `[batch, channels, ...outputSize]`. Source: PyTorch's `nn.AdaptiveAvgPool3d`. */
export class AdaptiveAvgPool3d extends AdaptiveAvgPool {
  /** @throws TributaryError `shape_mismatch` */
  constructor(outputSize: SizesLike) {
    super(3, outputSize);
  }
}
