import { TributaryError } from "@tributary/protocol";
import { numbersOf, padsOf } from "../attributes.js";
import type { Step } from "../node-writer.js";
import type { AttributeValue } from "../proto.js";
import type { Application, OnnxRules } from "../rule.js";

const pool =
  (op: string, more: Readonly<Record<string, AttributeValue>> = {}) =>
  ({ node, x }: Application): Step => ({
    op,
    inputs: [x],
    attributes: {
      kernel_shape: { ints: numbersOf(node, "kernel") },
      strides: { ints: numbersOf(node, "stride") },
      pads: { ints: padsOf(node) },
      ...more,
    },
  });

const maxPool = pool("MaxPool");
const avgPool = pool("AveragePool", { count_include_pad: { i: 1 } });

/** ONNX has no such pool. Where each size is a multiple of what comes out it is a plain one, else a product along each axis. */
function adaptiveAvgPool(application: Application): Step {
  const { node, x, shape, write } = application;
  const output = numbersOf(node, "output");
  const sizes = shape.slice(2);
  if (sizes.every((size, axis) => size % (output[axis] ?? 1) === 0)) {
    const kernel = { ints: sizes.map((size, axis) => size / (output[axis] ?? 1)) };
    return { op: "AveragePool", inputs: [x], attributes: { kernel_shape: kernel, strides: kernel } };
  }
  let value = x;
  const now = [...shape];
  for (const [axis, to] of output.entries()) {
    const from = now[axis + 2] ?? 0;
    if (from === to) continue;
    // The axes behind this one become one, so that the product is along the last but one.
    const rows = write.step("Reshape", [value, write.ints([0, ...now.slice(1, axis + 2), from, -1])]);
    now[axis + 2] = to;
    const means = write.step("MatMul", [write.floats(averages(application, from, to), [to, from]), rows]);
    value = write.step("Reshape", [means, write.ints([0, ...now.slice(1)])]);
  }
  return { op: "Identity", inputs: [value] };
}

/** More weights than these are not written into a file for one axis: 64 MiB. */
const MOST_WEIGHTS = 2 ** 24;

/** Weights [to, from] of the means over ⌊t · from / to⌋ to ⌈(t + 1) · from / to⌉ − 1. */
function averages({ node }: Application, from: number, to: number): Float32Array {
  if (from * to > MOST_WEIGHTS)
    throw new TributaryError("invalid_graph", `${node.name}: ${node.op} from ${from} to ${to} is too large for ONNX`);
  const weights = new Float32Array(to * from);
  for (let at = 0; at < to; at++) {
    const start = Math.floor((at * from) / to);
    const end = Math.ceil(((at + 1) * from) / to);
    weights.fill(1 / (end - start), at * from + start, at * from + end);
  }
  return weights;
}

export const pooling: OnnxRules = {
  max_pool1d: maxPool,
  max_pool2d: maxPool,
  max_pool3d: maxPool,
  avg_pool1d: avgPool,
  avg_pool2d: avgPool,
  avg_pool3d: avgPool,
  adaptive_avg_pool1d: adaptiveAvgPool,
  adaptive_avg_pool2d: adaptiveAvgPool,
  adaptive_avg_pool3d: adaptiveAvgPool,
};
