import { Module } from "../module/module.js";
import type { Value } from "../module/value.js";
import { asDimension } from "./arguments.js";

/** max(0, x). Source: PyTorch's `nn.ReLU`. */
export class ReLU extends Module {
  forward(x: Value): Value {
    return x.apply("relu", { layer: this });
  }
}

/** exp(x) / Σ exp(x) along `dim`, 1 by default; negative counts from the end. Source: PyTorch's `nn.Softmax`. */
export class Softmax extends Module {
  constructor(private readonly dim = 1) {
    super();
  }

  forward(x: Value): Value {
    return x.apply("softmax", { layer: this, attributes: { dim: asDimension(this.dim, x) } });
  }
}

/** The logarithm of Softmax. Source: PyTorch's `nn.LogSoftmax`. */
export class LogSoftmax extends Module {
  constructor(private readonly dim = 1) {
    super();
  }

  forward(x: Value): Value {
    return x.apply("log_softmax", { layer: this, attributes: { dim: asDimension(this.dim, x) } });
  }
}
