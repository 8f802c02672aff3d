import { Module } from "../module/module.js";
import type { Value } from "../module/value.js";
import { asDimension } from "./arguments.js";

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
