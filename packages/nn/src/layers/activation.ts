import type { Attribute } from "../graph/graph.js";
import { Module, ParameterSlot } from "../module/module.js";
import type { Value } from "../module/value.js";
import { asDimension } from "./arguments.js";

/** A layer that does the same to each value. */
abstract class Elementwise extends Module {
  constructor(
    private readonly op: string,
    private readonly attributes: Readonly<Record<string, Attribute>> = {},
  ) {
    super();
  }

  forward(x: Value): Value {
    return x.apply(this.op, { layer: this, attributes: this.attributes });
  }
}

/** max(0, x). Source: PyTorch's `nn.ReLU`. */
export class ReLU extends Elementwise {
  constructor() {
    super("relu");
  }
}

/** x above 0, `negativeSlope` · x below; 0.01 by default. Source: PyTorch's `nn.LeakyReLU`. */
export class LeakyReLU extends Elementwise {
  constructor(negativeSlope = 0.01) {
    super("leaky_relu", { slope: negativeSlope });
  }
}

/** x above 0, `alpha` · (exp(x) − 1) below; `alpha` is 1 by default. Source: PyTorch's `nn.ELU`. */
export class ELU extends Elementwise {
  constructor(alpha = 1) {
    super("elu", { alpha });
  }
}

/** ELU, scaled so that activations keep mean 0 and variance 1. Source: PyTorch's `nn.SELU`. */
export class SELU extends Elementwise {
  constructor() {
    super("selu");
  }
}

/** x · Φ(x); `approximate: "tanh"` is the approximation, "none" by default. Source: PyTorch's `nn.GELU`. */
export class GELU extends Elementwise {
  constructor(options: { readonly approximate?: "none" | "tanh" } = {}) {
    super("gelu", { approximate: options.approximate ?? "none" });
  }
}

/** x · sigmoid(x). Source: PyTorch's `nn.SiLU`. */
export class SiLU extends Elementwise {
  constructor() {
    super("silu");
  }
}

/** 1 / (1 + exp(−x)). Source: PyTorch's `nn.Sigmoid`. */
export class Sigmoid extends Elementwise {
  constructor() {
    super("sigmoid");
  }
}

/** The hyperbolic tangent. Source: PyTorch's `nn.Tanh`. */
export class Tanh extends Elementwise {
  constructor() {
    super("tanh");
  }
}

/** x, kept from `min`, −1 by default, to `max`, 1 by default. Source: PyTorch's `nn.Hardtanh`. */
export class Hardtanh extends Elementwise {
  constructor(min = -1, max = 1) {
    super("hardtanh", { min, max });
  }
}

/**
 * log(1 + exp(`beta` · x)) / `beta`, x itself where `beta` · x is above `threshold`; 1 and 20 by default.
 * Source: PyTorch's `nn.Softplus`.
 */
export class Softplus extends Elementwise {
  constructor(beta = 1, threshold = 20) {
    super("softplus", { beta, threshold });
  }
}

/**
 * x above 0, weight · x below. Parameter `weight`: one for all, by default, or one for each channel; it begins at 0.25.
 * Source: PyTorch's `nn.PReLU`.
 */
export class PReLU extends Module {
  readonly weight: ParameterSlot;

  constructor(parameters = 1, options: { readonly init?: number } = {}) {
    super();
    this.weight = new ParameterSlot([parameters], { rule: "constant", value: options.init ?? 0.25 });
  }

  forward(x: Value): Value {
    return x.apply("prelu", { layer: this, parameters: { weight: this.weight } });
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
