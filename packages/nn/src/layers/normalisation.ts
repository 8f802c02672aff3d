import { TributaryError } from "@tributary/protocol";
import { Module, ParameterSlot } from "../module/module.js";
import type { Value } from "../module/value.js";
import { shapeText } from "../ops/op.js";

const slot = (shape: readonly number[], value: number) => new ParameterSlot(shape, { rule: "constant", value });
const buffer = (shape: readonly number[], value: number) =>
  new ParameterSlot(shape, { rule: "constant", value }, { buffer: true });

export interface NormOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** Whether there are a `weight`, which begins at 1, and a `bias`, at 0. Default true, for InstanceNorm false. */
  readonly affine?: boolean;
}

export interface BatchNormOptions extends NormOptions {
  /** How far the running mean and variance move towards those of a batch. Default 0.1. */
  readonly momentum?: number;
}

/** What the batch norms share: parameters `weight`, `bias`, buffers `running_mean`, `running_var`, all [channels]. */
abstract class BatchNorm extends Module {
  readonly weight: ParameterSlot | undefined;
  readonly bias: ParameterSlot | undefined;
  readonly running_mean: ParameterSlot;
  readonly running_var: ParameterSlot;
  private readonly attributes: { eps: number; momentum: number };

  constructor(
    channels: number,
    private readonly ranks: readonly number[],
    { eps = 1e-5, momentum = 0.1, affine = true }: BatchNormOptions,
  ) {
    super();
    this.weight = affine ? slot([channels], 1) : undefined;
    this.bias = affine ? slot([channels], 0) : undefined;
    this.running_mean = buffer([channels], 0);
    this.running_var = buffer([channels], 1);
    this.attributes = { eps, momentum };
  }

  forward(x: Value): Value {
    requireRank(this, x, this.ranks);
    const { attributes, weight, bias, running_mean, running_var } = this;
    return x.apply("batch_norm", { layer: this, attributes, parameters: { weight, bias, running_mean, running_var } });
  }
}

/**
 * Normalises each channel of `[batch, channels]` or `[batch, channels, length]` by the mean and variance of the batch, while
 * evaluating by the running ones. Source: PyTorch's `nn.BatchNorm1d`.
 */
export class BatchNorm1d extends BatchNorm {
  constructor(channels: number, options: BatchNormOptions = {}) {
    super(channels, [2, 3], options);
  }
}

/**
 * Normalises each channel of `[batch, channels, height, width]` by the mean and variance of the batch, while evaluating by the
 * running ones. Source: Ioffe and Szegedy 2015; PyTorch's `nn.BatchNorm2d`.
 */
export class BatchNorm2d extends BatchNorm {
  constructor(channels: number, options: BatchNormOptions = {}) {
    super(channels, [4], options);
  }
}

/** The same for `[batch, channels, depth, height, width]`. Source: PyTorch's `nn.BatchNorm3d`. */
export class BatchNorm3d extends BatchNorm {
  constructor(channels: number, options: BatchNormOptions = {}) {
    super(channels, [5], options);
  }
}

/** Normalises each sample over its last dimensions, `normalizedShape`. Source: Ba et al. 2016; PyTorch's `nn.LayerNorm`. */
export class LayerNorm extends Module {
  readonly weight: ParameterSlot | undefined;
  readonly bias: ParameterSlot | undefined;
  private readonly attributes: { shape: number[]; eps: number };

  constructor(normalizedShape: number | readonly number[], { eps = 1e-5, affine = true }: NormOptions = {}) {
    super();
    const shape = [normalizedShape].flat();
    this.weight = affine ? slot(shape, 1) : undefined;
    this.bias = affine ? slot(shape, 0) : undefined;
    this.attributes = { shape, eps };
  }

  forward(x: Value): Value {
    const { attributes, weight, bias } = this;
    return x.apply("layer_norm", { layer: this, attributes, parameters: { weight, bias } });
  }
}

/** Normalises each sample over `groups` groups of its channels. Source: Wu and He 2018; PyTorch's `nn.GroupNorm`. */
export class GroupNorm extends Module {
  readonly weight: ParameterSlot | undefined;
  readonly bias: ParameterSlot | undefined;
  private readonly attributes: { groups: number; eps: number };

  constructor(groups: number, channels: number, { eps = 1e-5, affine = true }: NormOptions = {}) {
    super();
    this.weight = affine ? slot([channels], 1) : undefined;
    this.bias = affine ? slot([channels], 0) : undefined;
    this.attributes = { groups, eps };
  }

  forward(x: Value): Value {
    const { attributes, weight, bias } = this;
    return x.apply("group_norm", { layer: this, attributes, parameters: { weight, bias } });
  }
}

abstract class InstanceNorm extends Module {
  readonly weight: ParameterSlot | undefined;
  readonly bias: ParameterSlot | undefined;
  private readonly attributes: { eps: number };

  constructor(
    channels: number,
    private readonly rank: number,
    { eps = 1e-5, affine = false }: NormOptions,
  ) {
    super();
    this.weight = affine ? slot([channels], 1) : undefined;
    this.bias = affine ? slot([channels], 0) : undefined;
    this.attributes = { eps };
  }

  forward(x: Value): Value {
    requireRank(this, x, [this.rank]);
    const { attributes, weight, bias } = this;
    return x.apply("instance_norm", { layer: this, attributes, parameters: { weight, bias } });
  }
}

/** Normalises each channel of each sample of `[batch, channels, length]`; no parameters by default. Source: PyTorch's `nn.InstanceNorm1d`. */
export class InstanceNorm1d extends InstanceNorm {
  constructor(channels: number, options: NormOptions = {}) {
    super(channels, 3, options);
  }
}

/** Normalises each channel of each sample of `[batch, channels, height, width]`; no parameters by default. Source: PyTorch's `nn.InstanceNorm2d`. */
export class InstanceNorm2d extends InstanceNorm {
  constructor(channels: number, options: NormOptions = {}) {
    super(channels, 4, options);
  }
}

/** Normalises each channel of each sample of `[batch, channels, depth, height, width]`; no parameters by default. Source: PyTorch's `nn.InstanceNorm3d`. */
export class InstanceNorm3d extends InstanceNorm {
  constructor(channels: number, options: NormOptions = {}) {
    super(channels, 5, options);
  }
}

function requireRank(layer: Module, { shape }: Value, ranks: readonly number[]): void {
  if (!ranks.includes(shape.length))
    throw new TributaryError(
      "shape_mismatch",
      `${layer.constructor.name}: expected ${ranks.join(" or ")} dimensions, got ${shapeText(shape)}`,
    );
}
