import { z } from "zod";
import { defineOp, Mismatch, requireDimension, shapeText } from "./op.js";

const finite = z.number();

/** An op on each value by itself. */
const elementwise = <Attributes>(name: string, attributes: z.ZodType<Attributes>) =>
  defineOp({ name, attributes, infer: ({ input }) => [...input] });

const none = z.strictObject({});

/** max(0, x). It has no attributes. Source: PyTorch's `nn.ReLU`. */
export const relu = elementwise("relu", none);
/** x above 0, `slope` · x below. Source: PyTorch's `nn.LeakyReLU`. */
export const leakyRelu = elementwise("leaky_relu", z.strictObject({ slope: finite }));
/** x above 0, `alpha` · (exp(x) − 1) below. Source: PyTorch's `nn.ELU`. */
export const elu = elementwise("elu", z.strictObject({ alpha: finite }));
/** ELU, scaled so that activations keep mean 0 and variance 1. Source: Klambauer et al. 2017; PyTorch's `nn.SELU`. */
export const selu = elementwise("selu", none);
/**
 * x · Φ(x), with the error function, or by the approximation with the hyperbolic tangent.
 * Attributes: `approximate`, "none" or "tanh". Source: Hendrycks and Gimpel 2016; PyTorch's `nn.GELU`.
 */
export const gelu = elementwise("gelu", z.strictObject({ approximate: z.enum(["none", "tanh"]) }));
/** x · sigmoid(x). Source: PyTorch's `nn.SiLU`. */
export const silu = elementwise("silu", none);
/** 1 / (1 + exp(−x)). Source: PyTorch's `nn.Sigmoid`. */
export const sigmoid = elementwise("sigmoid", none);
/** Source: PyTorch's `nn.Tanh`. */
export const tanh = elementwise("tanh", none);
/** x, kept from `min` to `max`. Source: PyTorch's `nn.Hardtanh`. */
export const hardtanh = elementwise(
  "hardtanh",
  z.strictObject({ min: finite, max: finite }).refine(({ min, max }) => min < max, { error: "min must be below max" }),
);
/** log(1 + exp(`beta` · x)) / `beta`; x itself where `beta` · x > `threshold`. Source: PyTorch's `nn.Softplus`. */
export const softplus = elementwise("softplus", z.strictObject({ beta: z.number().positive(), threshold: finite }));

/**
 * x above 0, weight · x below. Parameters: `weight` [1] for all or [channels]. Source: He et al. 2015; PyTorch's `nn.PReLU`.
 */
export const prelu = defineOp({
  name: "prelu",
  attributes: none,
  parameters: { weight: "required" },
  infer({ input, parameters: { weight = [] } }) {
    const [, channels = 1] = input;
    if (weight.length !== 1 || (weight[0] !== 1 && weight[0] !== channels))
      throw new Mismatch(`weight [1] or [${channels}]`, shapeText(weight));
    return [...input];
  },
});

const alongDimension = (name: string) =>
  defineOp({
    name,
    attributes: z.strictObject({ dim: z.int().min(0).max(15) }),
    infer({ input, attributes: { dim } }) {
      requireDimension(input, dim);
      return [...input];
    },
  });

/** exp(x) / Σ exp(x) along `dim`. Attributes: `dim`, counted from 0, the batch. Source: PyTorch's `nn.Softmax`. */
export const softmax = alongDimension("softmax");
/** x − log Σ exp(x) along `dim`. Attributes: `dim`, counted from 0, the batch. Source: PyTorch's `nn.LogSoftmax`. */
export const logSoftmax = alongDimension("log_softmax");
