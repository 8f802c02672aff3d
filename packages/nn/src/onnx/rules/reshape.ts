import { numberOf, numbersOf, padsOf } from "../attributes.js";
import type { Step } from "../node-writer.js";
import type { Application, OnnxRules } from "../rule.js";

/** To the shape that the graph says; 0 stands for the batch as it is. */
const toShape = ({ node, x, write }: Application) => ({
  op: "Reshape",
  inputs: [x, write.ints([0, ...node.shape.slice(1)])],
});

/** To sizes rather than by factors, which as float32 could round a size down. The batch comes from the value itself. */
function upsample(application: Application): Step {
  const { node, x, shape, write } = application;
  const isNearest = node.attributes.mode === "nearest";
  if (isNearest && node.shape.some((size, axis) => size % (shape[axis] ?? 1) !== 0)) return picked(application);
  const batch = write.step("Shape", [x], { start: { i: 0 }, end: { i: 1 } });
  const sizes = write.step("Concat", [batch, write.ints(node.shape.slice(1))], { axis: { i: 0 } });
  const linearly = node.attributes.alignCorners === true ? "align_corners" : "half_pixel";
  return {
    op: "Resize",
    inputs: [x, "", "", sizes],
    attributes: {
      mode: { s: isNearest ? "nearest" : "linear" },
      coordinate_transformation_mode: { s: isNearest ? "asymmetric" : linearly },
      nearest_mode: { s: "floor" },
    },
  };
}

/** The value at ⌊t · from / to⌋: where that is no multiple, runtimes reckon in float32 and miss some places by one. */
function picked({ node, x, shape, write }: Application): Step {
  const value = node.shape.reduce((value, to, axis) => {
    const from = shape[axis] ?? 0;
    if (from === to) return value;
    const places = Array.from({ length: to }, (_, at) => Math.floor((at * from) / to));
    return write.step("Gather", [value, write.ints(places)], { axis: { i: axis } });
  }, x);
  return { op: "Identity", inputs: [value] };
}

export const reshape: OnnxRules = {
  flatten: (application) =>
    numberOf(application.node, "startDim") === 1
      ? { op: "Flatten", inputs: [application.x], attributes: { axis: { i: 1 } } }
      : toShape(application),
  reshape: toShape,
  permute: ({ node, x }) => ({ op: "Transpose", inputs: [x], attributes: { perm: { ints: numbersOf(node, "dims") } } }),
  pad({ node, x, write }) {
    const pads = padsOf(node);
    const around = [0, ...pads.slice(0, pads.length / 2), 0, ...pads.slice(pads.length / 2)];
    return { op: "Pad", inputs: [x, write.ints(around), write.floats([numberOf(node, "value")])] };
  },
  upsample,
};
