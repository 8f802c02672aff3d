import { z } from "zod";
import { channelsFirst, defineOp, Mismatch, requireShape, shapeText, spatialAxes } from "./op.js";
import { groupsSchema, paddingSchema, sizesSchema, slide, slideBack } from "./window.js";

/**
 * A convolution over `axes` axes: `[batch, in, ...sizes]` to `[batch, out, ...sizes']`.
 * Attributes: `stride` and `dilation`, a number for each axis; `padding`, zeros before and after each axis; `groups`.
 * Parameters: `weight` [out, in / groups, ...kernel], `bias` [out] (optional).
 */
const convolution = (axes: number) =>
  defineOp({
    name: `conv${axes}d`,
    attributes: z.strictObject({
      stride: sizesSchema(axes),
      padding: paddingSchema(axes),
      dilation: sizesSchema(axes),
      groups: groupsSchema,
    }),
    parameters: { weight: "required", bias: "optional" },
    infer({ input, attributes, parameters }) {
      const { groups } = attributes;
      const [out, inside, ...kernel] = weightOf(parameters, axes, "[out, in");
      if (out % groups !== 0) throw new Mismatch(`output channels in ${groups} equal groups`, String(out));
      if (parameters.bias) requireShape("bias", parameters.bias, [out]);
      const { batch, sizes } = channelsFirst(input, axes, inside * groups);
      return [batch, out, ...slide(sizes, { ...attributes, kernel })];
    },
  });

/** Source: PyTorch's `nn.Conv1d`, zero padding. */
export const conv1d = convolution(1);
/** Source: PyTorch's `nn.Conv2d`, zero padding. */
export const conv2d = convolution(2);
/** Source: PyTorch's `nn.Conv3d`, zero padding. */
export const conv3d = convolution(3);

/**
 * What turns a convolution's shapes round: `[batch, in, height, width]` to `[batch, out, height', width']`.
 * Attributes: those of conv2d, where padding takes pixels away from the output, and `outputPadding` [height, width], which
 * adds some at the bottom and the right.
 * Parameters: `weight` [in, out / groups, kernelHeight, kernelWidth], `bias` [out] (optional).
 * Source: PyTorch's `nn.ConvTranspose2d`.
 */
export const convTranspose2d = defineOp({
  name: "conv_transpose2d",
  attributes: z.strictObject({
    stride: sizesSchema(2),
    padding: paddingSchema(2),
    outputPadding: z.tuple([z.int().min(0).max(65_535), z.int().min(0).max(65_535)]),
    dilation: sizesSchema(2),
    groups: groupsSchema,
  }),
  parameters: { weight: "required", bias: "optional" },
  infer({ input, attributes, parameters }) {
    const { groups, stride, dilation, outputPadding } = attributes;
    const [inside, outInGroup, ...kernel] = weightOf(parameters, 2, "[in, out");
    if (inside % groups !== 0) throw new Mismatch(`input channels in ${groups} equal groups`, String(inside));
    if (outputPadding.some((size, axis) => size >= Math.max(stride[axis] ?? 0, dilation[axis] ?? 0)))
      throw new Mismatch("output padding below the stride or the dilation", `[${outputPadding}]`);
    const out = outInGroup * groups;
    if (parameters.bias) requireShape("bias", parameters.bias, [out]);
    const { batch, sizes } = channelsFirst(input, 2, inside);
    return [batch, out, ...slideBack(sizes, { ...attributes, kernel })];
  },
});

function weightOf(
  { weight = [] }: Readonly<Record<string, readonly number[]>>,
  axes: number,
  start: string,
): readonly [number, number, ...number[]] {
  const [first, second, ...kernel] = weight;
  if (first === undefined || second === undefined || kernel.length !== axes)
    throw new Mismatch(
      `weight ${start}, ${spatialAxes(axes)
        .map((axis) => `kernel${axis[0]?.toUpperCase()}${axis.slice(1)}`)
        .join(", ")}]`,
      shapeText(weight),
    );
  return [first, second, ...kernel];
}
