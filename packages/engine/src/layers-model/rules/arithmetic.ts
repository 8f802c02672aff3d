import { numbersAttribute } from "../../ops/attributes.js";
import { type LayerApplication, type LayerRules, noLayer, reshaped, sizesOf } from "../rule.js";

/** Two values of the same shape. */
function merged(application: LayerApplication, kind: "add" | "multiply") {
  const { node, make, apply, name, inputs } = application;
  const [first, second] = inputs.map((input) => sizesOf(input).join());
  if (second === undefined || first !== second)
    throw noLayer(node, `"${node.op}" of a value with a number, a parameter or a value of another shape`);
  return apply(make[kind](name()), [...inputs]);
}

export const arithmetic: LayerRules = {
  add: (application) => merged(application, "add"),
  mul: (application) => merged(application, "multiply"),
  mean(application) {
    const { node, make, apply, name, x, sizes } = application;
    if (sizes.length !== 3 || numbersAttribute(node, "dims").join() !== "2,3") throw noLayer(node, "this mean");
    const means = apply(make.globalAveragePooling2d({ dataFormat: "channelsFirst", ...name() }), x);
    return reshaped(application, means, node.shape.slice(1), "shape");
  },
  concat({ make, apply, name, inputs, node }) {
    const [only] = inputs;
    if (inputs.length === 1 && only !== undefined) return only;
    return apply(make.concatenate({ axis: Number(node.attributes.dim), ...name() }), [...inputs]);
  },
};
