import { TributaryError } from "@tributary/protocol";
import { Module, ParameterSlot } from "../module/module.js";
import type { Value } from "../module/value.js";
import { asPadding, asSizes, type PairLike, type SizesLike } from "./arguments.js";
import { uniformByFanIn } from "./initialisation.js";

export interface ConvOptions<Sizes = SizesLike> {
  /** Default 1. */
  readonly stride?: Sizes;
  /** Zeros around the value: a number, one for each axis, or "same" (stride 1 only). Default 0. */
  readonly padding?: Sizes | "same";
  /** Default 1. */
  readonly dilation?: Sizes;
  /** Into how many equal groups the channels are cut, each convolved by itself; as many as channels: depthwise. Default 1. */
  readonly groups?: number;
  /** Default true. */
  readonly bias?: boolean;
}

export type Conv2dOptions = ConvOptions<PairLike>;

/** What the convolutions share. Weights and biases begin uniform on ± 1 / √(in / groups · kernel values). */
abstract class Conv extends Module {
  readonly weight: ParameterSlot;
  readonly bias: ParameterSlot | undefined;
  private readonly attributes: { stride: number[]; padding: number[]; dilation: number[]; groups: number };

  constructor(
    private readonly axes: 1 | 2 | 3,
    inChannels: number,
    outChannels: number,
    kernelSize: SizesLike,
    options: ConvOptions,
  ) {
    super();
    const layer = `Conv${axes}d`;
    const kernel = asSizes(kernelSize, axes, `${layer}: kernelSize`);
    const stride = asSizes(options.stride ?? 1, axes, `${layer}: stride`);
    const dilation = asSizes(options.dilation ?? 1, axes, `${layer}: dilation`);
    const groups = options.groups ?? 1;
    const inGroup = channelsInGroup(inChannels, groups, "input");
    channelsInGroup(outChannels, groups, "output");
    const initialiser = uniformByFanIn(kernel.reduce((product, size) => product * size, inGroup));
    this.weight = new ParameterSlot([outChannels, inGroup, ...kernel], initialiser);
    this.bias = options.bias === false ? undefined : new ParameterSlot([outChannels], initialiser);
    const padding =
      options.padding === "same"
        ? samePadding(kernel, stride, dilation)
        : asPadding(options.padding ?? 0, axes, `${layer}: padding`);
    this.attributes = { stride, padding, dilation, groups };
  }

  forward(x: Value): Value {
    const { attributes, axes, weight, bias } = this;
    return x.apply(`conv${axes}d`, { layer: this, attributes, parameters: { weight, bias } });
  }
}

/**
 * Convolution over one axis, `[batch, in, length]` to `[batch, out, length']`.
 * Parameters `weight` [out, in / groups, kernel] and `bias` [out]. Source: PyTorch's `nn.Conv1d`.
 */
export class Conv1d extends Conv {
  /** @throws TributaryError `shape_mismatch` */
  constructor(inChannels: number, outChannels: number, kernelSize: SizesLike, options: ConvOptions = {}) {
    super(1, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * Two-dimensional convolution, `[batch, in, height, width]` to `[batch, out, height', width']`.
 * Parameters `weight` [out, in / groups, kernelHeight, kernelWidth] and `bias` [out], both uniform on
 * ± 1 / √(in / groups · kernelHeight · kernelWidth). Source: PyTorch's `nn.Conv2d`.
 */
export class Conv2d extends Conv {
  /** @throws TributaryError `shape_mismatch` */
  constructor(inChannels: number, outChannels: number, kernelSize: SizesLike, options: ConvOptions = {}) {
    super(2, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * Convolution over three axes, `[batch, in, depth, height, width]` to `[batch, out, depth', height', width']`.
 * Parameters `weight` [out, in / groups, kernelDepth, kernelHeight, kernelWidth] and `bias` [out].
 * Source: PyTorch's `nn.Conv3d`.
 */
export class Conv3d extends Conv {
  /** @throws TributaryError `shape_mismatch` */
  constructor(inChannels: number, outChannels: number, kernelSize: SizesLike, options: ConvOptions = {}) {
    super(3, inChannels, outChannels, kernelSize, options);
  }
}

export interface ConvTranspose2dOptions extends Omit<ConvOptions<PairLike>, "padding"> {
  /** Pixels taken away around the output. Default 0. */
  readonly padding?: PairLike;
  /** Pixels added at the bottom and the right, where several sizes would fit. Default 0. */
  readonly outputPadding?: PairLike;
}

/**
 * What a convolution does to shapes, the other way round: `[batch, in, height, width]` to `[batch, out, height', width']`, where
 * height' = (height − 1) · stride − 2 · padding + dilation · (kernel − 1) + outputPadding + 1.
 * Parameters `weight` [in, out / groups, kernelHeight, kernelWidth] and `bias` [out], both uniform on
 * ± 1 / √(out / groups · kernelHeight · kernelWidth). Source: PyTorch's `nn.ConvTranspose2d`.
 */
export class ConvTranspose2d extends Module {
  readonly weight: ParameterSlot;
  readonly bias: ParameterSlot | undefined;
  private readonly attributes;

  /** @throws TributaryError `shape_mismatch` */
  constructor(inChannels: number, outChannels: number, kernelSize: PairLike, options: ConvTranspose2dOptions = {}) {
    super();
    const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
    const kernel = asSizes(kernelSize, 2, "kernelSize");
    const outInGroup = channelsInGroup(outChannels, groups, "output");
    channelsInGroup(inChannels, groups, "input");
    const initialiser = uniformByFanIn(kernel.reduce((product, size) => product * size, outInGroup));
    this.weight = new ParameterSlot([inChannels, outInGroup, ...kernel], initialiser);
    this.bias = options.bias === false ? undefined : new ParameterSlot([outChannels], initialiser);
    this.attributes = {
      stride: asSizes(stride, 2, "stride"),
      padding: asPadding(padding, 2, "padding"),
      outputPadding: asSizes(outputPadding, 2, "outputPadding"),
      dilation: asSizes(dilation, 2, "dilation"),
      groups,
    };
  }

  forward(x: Value): Value {
    const { attributes, weight, bias } = this;
    return x.apply("conv_transpose2d", { layer: this, attributes, parameters: { weight, bias } });
  }
}

function channelsInGroup(channels: number, groups: number, which: string): number {
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0)
    throw new TributaryError(
      "shape_mismatch",
      `groups: ${channels} ${which} channels can't be cut into ${groups} groups`,
    );
  return channels / groups;
}

/** As much padding as keeps the size; an odd one more goes to the end of the axis, as in PyTorch. */
function samePadding(kernel: readonly number[], stride: readonly number[], dilation: readonly number[]): number[] {
  if (stride.some((step) => step !== 1)) throw new TributaryError("shape_mismatch", 'padding "same" needs stride 1');
  return kernel.flatMap((size, axis) => {
    const total = (dilation[axis] ?? 1) * (size - 1);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
}
