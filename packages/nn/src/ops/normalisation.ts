import { z } from "zod";
import { defineOp, Mismatch, requireShape, requireShapes, sameShape, shapeText } from "./op.js";

const eps = z.number().positive();
const affine = { weight: "optional", bias: "optional" } as const;

/**
 * (x − mean) / √(variance + eps) · weight + bias by channel of `[batch, channels, ...]`. While training, mean and variance are
 * those of the batch, and the running ones move towards them (the variance as of a sample, n − 1) by `momentum`; else they
 * are the running ones.
 * Attributes: `eps`, `momentum`. Parameters: `weight`, `bias` [channels] (optional), buffers `running_mean`, `running_var`
 * [channels]. Source: Ioffe and Szegedy 2015; PyTorch's `nn.BatchNorm2d`.
 */
export const batchNorm = defineOp({
  name: "batch_norm",
  attributes: z.strictObject({ eps, momentum: z.number().min(0).max(1) }),
  parameters: { ...affine, running_mean: "buffer", running_var: "buffer" },
  infer({ input, parameters }) {
    const [, channels] = input;
    if (channels === undefined) throw new Mismatch("[batch, channels, ...]", shapeText(input));
    for (const role of ["running_mean", "running_var"]) requireShape(role, parameters[role], [channels]);
    requireShapes(parameters, ["weight", "bias"], [channels]);
    return [...input];
  },
});

/**
 * Normalises each sample over its last dimensions. Attributes: `shape`, of those dimensions; `eps`.
 * Parameters: `weight`, `bias`, of that shape (optional). Source: Ba et al. 2016; PyTorch's `nn.LayerNorm`.
 */
export const layerNorm = defineOp({
  name: "layer_norm",
  attributes: z.strictObject({ shape: z.array(z.int().min(1)).min(1).max(15), eps }),
  parameters: affine,
  infer({ input, attributes: { shape }, parameters }) {
    if (input.length <= shape.length || !sameShape(input.slice(-shape.length), shape))
      throw new Mismatch(`[batch, ..., ${shape.join(", ")}]`, shapeText(input));
    requireShapes(parameters, ["weight", "bias"], shape);
    return [...input];
  },
});

/**
 * Normalises each sample over groups of its channels. Attributes: `groups`, `eps`.
 * Parameters: `weight`, `bias` [channels] (optional). Source: Wu and He 2018; PyTorch's `nn.GroupNorm`.
 */
export const groupNorm = defineOp({
  name: "group_norm",
  attributes: z.strictObject({ groups: z.int().min(1), eps }),
  parameters: affine,
  infer({ input, attributes: { groups }, parameters }) {
    const [, channels] = input;
    if (channels === undefined || channels % groups !== 0)
      throw new Mismatch(`[batch, a multiple of ${groups} channels, ...]`, shapeText(input));
    requireShapes(parameters, ["weight", "bias"], [channels]);
    return [...input];
  },
});

/**
 * Normalises each channel of each sample. Attributes: `eps`. Parameters: `weight`, `bias` [channels] (optional).
 * Source: Ulyanov et al. 2016; PyTorch's `nn.InstanceNorm2d`.
 */
export const instanceNorm = defineOp({
  name: "instance_norm",
  attributes: z.strictObject({ eps }),
  parameters: affine,
  infer({ input, parameters }) {
    const [, channels] = input;
    if (channels === undefined || input.length < 3) throw new Mismatch("[batch, channels, ...sizes]", shapeText(input));
    requireShapes(parameters, ["weight", "bias"], [channels]);
    return [...input];
  },
});
