import { Module } from "../module/module.js";
import type { Value } from "../module/value.js";

/** While training, each value is 0 with probability `p`, 0.5 by default, and scaled by 1 / (1 − p) otherwise. Source: PyTorch's `nn.Dropout`. */
export class Dropout extends Module {
  constructor(private readonly p = 0.5) {
    super();
  }

  forward(x: Value): Value {
    return x.apply("dropout", { layer: this, attributes: { p: this.p } });
  }
}

/** Dropout of whole channels of `[batch, channels, ...]`. Source: PyTorch's `nn.Dropout2d`. */
export class Dropout2d extends Module {
  constructor(private readonly p = 0.5) {
    super();
  }

  forward(x: Value): Value {
    return x.apply("dropout2d", { layer: this, attributes: { p: this.p } });
  }
}
