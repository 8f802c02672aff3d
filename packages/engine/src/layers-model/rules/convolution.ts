import type { Tensor } from "../../backend/backend.js";
import { numberAttribute, numbersAttribute } from "../../ops/attributes.js";
import { type LayerApplication, type LayerRules, noLayer, type Symbolic } from "../rule.js";

const dataFormat = "channelsFirst" as const;

type Pair = [number, number];
const pair = (values: readonly number[]): Pair => [values[0] ?? 1, values[1] ?? 1];
const isAll = (values: readonly number[], wanted: number): boolean => values.every((value) => value === wanted);

/** What goes before the first and behind the last place of both axes. */
const around = ([top = 0, bottom = 0, left = 0, right = 0]: readonly number[]): [Pair, Pair] => [
  [top, bottom],
  [left, right],
];

/** Zeros around an image, where there are any. */
function zeroPadded({ make, apply, name }: LayerApplication, x: Symbolic, padding: readonly number[]): Symbolic {
  if (isAll(padding, 0)) return x;
  return apply(make.zeroPadding2d({ padding: around(padding), dataFormat, ...name("padding") }), x);
}

/** The kernel, and the bias where there is one. */
const withBias = (kernel: Tensor, { bias }: LayerApplication["parameters"]): Tensor[] =>
  bias === undefined ? [kernel] : [kernel, bias];

function convolved(application: LayerApplication): Symbolic {
  const { node, tf, make, apply, name, x, sizes, parameters } = application;
  const { weight, bias } = parameters;
  if (weight === undefined) throw noLayer(node);
  const groups = numberAttribute(node, "groups");
  const [out = 0, inside = 0, height = 0, width = 0] = weight.shape;
  const padded = zeroPadded(application, x, numbersAttribute(node, "padding"));
  const window = {
    ...{ kernelSize: pair([height, width]), strides: pair(numbersAttribute(node, "stride")) },
    ...{ dilationRate: pair(numbersAttribute(node, "dilation")), dataFormat, useBias: bias !== undefined, ...name() },
  } as const;
  if (groups === 1) {
    const layer = make.conv2d({ ...window, filters: out, kernelInitializer: "zeros" });
    return apply(layer, padded, withBias(tf.transpose(weight, [2, 3, 1, 0]), parameters));
  }
  if (groups !== sizes[0] || inside !== 1) throw noLayer(node, `convolutions in ${groups} groups`);
  // Each channel of the input makes those of the output that follow each other.
  const each = tf.reshape(weight, [groups, out / groups, height, width]);
  const layer = make.depthwiseConv2d({ ...window, depthMultiplier: out / groups, depthwiseInitializer: "zeros" });
  return apply(layer, padded, withBias(tf.transpose(each, [2, 3, 0, 1]), parameters));
}

function convolvedBack(application: LayerApplication): Symbolic {
  const { node, tf, make, apply, name, x, parameters } = application;
  const { weight, bias } = parameters;
  if (weight === undefined) throw noLayer(node);
  const [, out = 0, ...kernelSize] = weight.shape;
  const strides = pair(numbersAttribute(node, "stride"));
  const padding = numbersAttribute(node, "padding");
  const isPlain = isAll(numbersAttribute(node, "dilation"), 1) && isAll(numbersAttribute(node, "outputPadding"), 0);
  // TensorFlow.js makes no more than what the kernel reaches, and no less than a stride for each place.
  const reachesFar = kernelSize.every((size, axis) => size >= (strides[axis] ?? 1));
  if (!isPlain || !reachesFar || numberAttribute(node, "groups") !== 1)
    throw noLayer(node, "a transposed convolution with groups, dilation, output padding or a stride over its kernel");
  const layer = make.conv2dTranspose({
    ...{ filters: out, kernelSize: pair(kernelSize), strides, dataFormat },
    ...{ useBias: bias !== undefined, kernelInitializer: "zeros", ...name() },
  });
  const whole = apply(layer, x, withBias(tf.transpose(weight, [2, 3, 1, 0]), parameters));
  if (isAll(padding, 0)) return whole;
  return apply(make.cropping2D({ cropping: around(padding), dataFormat, ...name("cropping") }), whole);
}

function pooled(application: LayerApplication, kind: "max" | "average"): Symbolic {
  const { node, make, apply, name, x } = application;
  const padding = numbersAttribute(node, "padding");
  const window = {
    ...{ poolSize: pair(numbersAttribute(node, "kernel")), strides: pair(numbersAttribute(node, "stride")) },
    ...{ dataFormat, ...name() },
  } as const;
  if (kind === "average") return apply(make.averagePooling2d(window), zeroPadded(application, x, padding));
  if (!isAll(padding, 0)) throw noLayer(node, "a largest value with padding, which must never win");
  return apply(make.maxPooling2d(window), x);
}

/** Means over windows of equal size. */
function adaptivelyPooled({ node, make, apply, name, x, sizes: [, ...sizes] }: LayerApplication): Symbolic {
  const output = numbersAttribute(node, "output");
  const window = sizes.map((size, axis) => size / (output[axis] ?? 1));
  if (!window.every(Number.isInteger)) throw noLayer(node, "means over windows of unequal size");
  const size = { poolSize: pair(window), strides: pair(window) };
  return apply(make.averagePooling2d({ ...size, dataFormat, ...name() }), x);
}

function upsampled({ node, make, apply, name, x, sizes: [, ...sizes] }: LayerApplication): Symbolic {
  const times = numbersAttribute(node, "size").map((size, axis) => size / (sizes[axis] ?? 1));
  if (sizes.length !== 2 || node.attributes.mode !== "nearest" || !times.every(Number.isInteger))
    throw noLayer(node, "upsampling but of images, to the nearest value, by whole numbers");
  return apply(make.upSampling2d({ size: pair(times), dataFormat, ...name() }), x);
}

export const convolution: LayerRules = {
  conv2d: convolved,
  conv_transpose2d: convolvedBack,
  max_pool2d: (application) => pooled(application, "max"),
  avg_pool2d: (application) => pooled(application, "average"),
  adaptive_avg_pool2d: adaptivelyPooled,
  upsample: upsampled,
};
