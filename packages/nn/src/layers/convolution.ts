import { TributaryError } from "@tributary/protocol";
import { Module, ParameterSlot } from "../module/module.js";
import type { Value } from "../module/value.js";
import type { Padding, Pair } from "../ops/window.js";
import { asPadding, asPair, type PairLike } from "./arguments.js";
import { uniformByFanIn } from "./initialisation.js";

export interface Conv2dOptions {
  /** Default 1. */
  readonly stride?: PairLike;
  /** Zeros around the image: a number, [height, width], or "same" (stride 1 only). Default 0. */
  readonly padding?: PairLike | "same";
  /** Default 1. */
  readonly dilation?: PairLike;
  /** Default true. */
  readonly bias?: boolean;
}

/**
 * Two-dimensional convolution, `[batch, in, height, width]` to `[batch, out, height', width']`.
 * Parameters `weight` [out, in, kernelHeight, kernelWidth] and `bias` [out], both uniform on ± 1 / √(in · kernelHeight · kernelWidth).
 * Source: PyTorch's `nn.Conv2d`.
 */
export class Conv2d extends Module {
  readonly weight: ParameterSlot;
  readonly bias: ParameterSlot | undefined;
  private readonly attributes: { stride: Pair; padding: Padding; dilation: Pair; groups: 1 };

  constructor(inChannels: number, outChannels: number, kernelSize: PairLike, options: Conv2dOptions = {}) {
    super();
    const kernel = asPair(kernelSize, "kernelSize");
    const stride = asPair(options.stride ?? 1, "stride");
    const dilation = asPair(options.dilation ?? 1, "dilation");
    const initialiser = uniformByFanIn(inChannels * kernel[0] * kernel[1]);
    this.weight = new ParameterSlot([outChannels, inChannels, ...kernel], initialiser);
    this.bias = options.bias === false ? undefined : new ParameterSlot([outChannels], initialiser);
    const padding =
      options.padding === "same" ? samePadding(kernel, stride, dilation) : asPadding(options.padding ?? 0, "padding");
    this.attributes = { stride, padding, dilation, groups: 1 };
  }

  forward(x: Value): Value {
    const { attributes, weight, bias } = this;
    return x.apply("conv2d", { layer: this, attributes, parameters: { weight, ...(bias && { bias }) } });
  }
}

/** As much padding as keeps the size; an odd one more goes to the bottom and the right, as in PyTorch. */
function samePadding(kernel: Pair, stride: Pair, dilation: Pair): Padding {
  if (stride[0] !== 1 || stride[1] !== 1)
    throw new TributaryError("shape_mismatch", 'Conv2d: padding "same" needs stride 1');
  const [height, width] = [dilation[0] * (kernel[0] - 1), dilation[1] * (kernel[1] - 1)];
  return [Math.floor(height / 2), Math.ceil(height / 2), Math.floor(width / 2), Math.ceil(width / 2)];
}
