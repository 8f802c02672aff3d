import { TributaryError } from "@tributary/protocol";
import { Module } from "../module/module.js";
import type { Value } from "../module/value.js";
import { shapeText, valuesPerSample } from "../ops/op.js";
import { asDimension, asSizes, type SizesLike } from "./arguments.js";

/**
 * Joins all dimensions from `startDim` on, 1 by default, negative from the end: `[batch, 50, 4, 4]` to `[batch, 800]`.
 * Source: PyTorch's `nn.Flatten`.
 */
export class Flatten extends Module {
  constructor(private readonly startDim = 1) {
    super();
  }

  forward(x: Value): Value {
    return x.apply("flatten", { layer: this, attributes: { startDim: asDimension(this.startDim, x) } });
  }
}

/** Gives each sample another shape; one size may be −1, whatever is left. Source: PyTorch's `torch.reshape`. */
export class Reshape extends Module {
  /** @param shape of a sample, without the batch */
  constructor(private readonly shape: readonly number[]) {
    super();
  }

  /** @throws TributaryError `shape_mismatch` */
  forward(x: Value): Value {
    return x.apply("reshape", { layer: this, attributes: { shape: withRest(this.shape, valuesPerSample(x.shape)) } });
  }
}

/** Cuts dimension `dim` into several: `[batch, 800]` to `[batch, 50, 4, 4]` by `new Unflatten(1, [50, 4, 4])`. Source: PyTorch's `nn.Unflatten`. */
export class Unflatten extends Module {
  constructor(
    private readonly dim: number,
    private readonly sizes: readonly number[],
  ) {
    super();
  }

  /** @throws TributaryError `shape_mismatch` */
  forward(x: Value): Value {
    const dim = asDimension(this.dim, x);
    const sizes = withRest(this.sizes, x.shape[dim] ?? 0);
    if (sizes.reduce((product, size) => product * size, 1) !== x.shape[dim])
      throw new TributaryError(
        "shape_mismatch",
        `Unflatten: [${sizes}] does not fit dimension ${dim} of ${shapeText(x.shape)}`,
      );
    const shape = [...x.shape.slice(1, dim), ...sizes, ...x.shape.slice(dim + 1)];
    return x.apply("reshape", { layer: this, attributes: { shape } });
  }
}

/** The dimensions in another order, the batch first: `new Permute([0, 2, 1])`. Source: PyTorch's `torch.permute`. */
export class Permute extends Module {
  constructor(private readonly dims: readonly number[]) {
    super();
  }

  forward(x: Value): Value {
    const dims = this.dims.map((dim) => asDimension(dim, x));
    return x.apply("permute", { layer: this, attributes: { dims } });
  }
}

/**
 * Puts `value`, 0 by default, around the last dimensions. `padding` is given as in PyTorch: before and after the last dimension,
 * then the one before it: [left, right, top, bottom]. Source: PyTorch's `torch.nn.functional.pad`.
 */
export class Pad extends Module {
  constructor(
    private readonly padding: readonly number[],
    private readonly value = 0,
  ) {
    super();
  }

  /** @throws TributaryError `shape_mismatch` */
  forward(x: Value): Value {
    const pairs = this.padding.length / 2;
    if (!Number.isInteger(pairs) || pairs > x.shape.length - 1)
      throw new TributaryError("shape_mismatch", `Pad: [${this.padding}] does not fit ${shapeText(x.shape)}`);
    const padding = Array.from({ length: 2 * (x.shape.length - 1) }, (_, at) => {
      const fromEnd = x.shape.length - 2 - Math.floor(at / 2);
      return this.padding[2 * fromEnd + (at % 2)] ?? 0;
    });
    return x.apply("pad", { layer: this, attributes: { padding, value: this.value } });
  }
}

export interface UpsampleOptions {
  /** The sizes that come out; or else give `scaleFactor`. */
  readonly size?: SizesLike;
  /** By how much each size is multiplied; what comes out is rounded down. */
  readonly scaleFactor?: SizesLike;
  /** "linear" is PyTorch's "linear", "bilinear" or "trilinear", by the number of axes. Default "nearest". */
  readonly mode?: "nearest" | "linear" | "bilinear" | "trilinear";
  /** For linear modes: whether the corner values stay the same. Default false. */
  readonly alignCorners?: boolean;
}

/** Other sizes behind the channels of `[batch, channels, ...]`. Source: PyTorch's `nn.Upsample`. */
export class Upsample extends Module {
  constructor(private readonly options: UpsampleOptions) {
    super();
  }

  /** @throws TributaryError `shape_mismatch` */
  forward(x: Value): Value {
    const { size, scaleFactor, mode = "nearest", alignCorners = false } = this.options;
    const sizes = x.shape.slice(2);
    if ((size === undefined) === (scaleFactor === undefined))
      throw new TributaryError("shape_mismatch", "Upsample: give either size or scaleFactor");
    const factors = asSizes(scaleFactor ?? 1, sizes.length, "scaleFactor");
    const wanted =
      size === undefined
        ? sizes.map((length, axis) => Math.floor(length * (factors[axis] ?? 1)))
        : asSizes(size, sizes.length, "size");
    return x.apply("upsample", {
      layer: this,
      attributes: { size: wanted, mode: mode === "nearest" ? "nearest" : "linear", alignCorners },
    });
  }
}

/** The sizes, with what is left of `total` in place of a −1. */
function withRest(sizes: readonly number[], total: number): number[] {
  const known = sizes.reduce((product, size) => (size === -1 ? product : product * size), 1);
  return sizes.map((size) => (size === -1 ? total / known : size));
}
