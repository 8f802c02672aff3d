import { Module, ParameterSlot } from "../module/module.js";
import type { Value } from "../module/value.js";
import { uniformByFanIn } from "./initialisation.js";

/**
 * x Wᵀ + b along the last dimension, `[batch, ..., in]` to `[batch, ..., out]`. Parameters `weight` [out, in] and `bias` [out], both
 * uniform on ± 1 / √in. Source: PyTorch's `nn.Linear`.
 */
export class Linear extends Module {
  readonly weight: ParameterSlot;
  readonly bias: ParameterSlot | undefined;

  /** @param options `bias`: default true */
  constructor(inFeatures: number, outFeatures: number, options: { readonly bias?: boolean } = {}) {
    super();
    this.weight = new ParameterSlot([outFeatures, inFeatures], uniformByFanIn(inFeatures));
    this.bias = options.bias === false ? undefined : new ParameterSlot([outFeatures], uniformByFanIn(inFeatures));
  }

  forward(x: Value): Value {
    const { weight, bias } = this;
    return x.apply("linear", { layer: this, parameters: { weight, bias } });
  }
}
