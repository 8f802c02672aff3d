import { Module, ParameterSlot } from "../module/module.js";
import type { Value } from "../module/value.js";

/**
 * A learned row in place of each index: `[batch, ...]`, whole numbers from 0 to below `rows`, to `[batch, ..., features]`.
 * Parameter `weight` [rows, features], normal with deviation 1. Source: PyTorch's `nn.Embedding`.
 */
export class Embedding extends Module {
  readonly weight: ParameterSlot;

  constructor(rows: number, features: number) {
    super();
    this.weight = new ParameterSlot([rows, features], { rule: "normal", deviation: 1 });
  }

  forward(x: Value): Value {
    return x.apply("embedding", { layer: this, parameters: { weight: this.weight } });
  }
}
