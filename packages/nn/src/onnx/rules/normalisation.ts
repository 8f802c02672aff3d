import type { Shape } from "../../ops/op.js";
import { numberOf, numbersOf } from "../attributes.js";
import type { Application, OnnxRules } from "../rule.js";

/** Weight and bias, or ones and zeros where the layer has none. */
const affine = ({ write, parameters: { weight, bias } }: Application, shape: Shape) => ({
  weight: weight ?? write.filled(shape, 1),
  bias: bias ?? write.filled(shape, 0),
});

const epsilon = ({ node }: Application) => ({ f: numberOf(node, "eps") });

export const normalisation: OnnxRules = {
  batch_norm(application) {
    const { x, shape, parameters } = application;
    const { weight, bias } = affine(application, shape.slice(1, 2));
    const { running_mean = "", running_var = "" } = parameters;
    return {
      op: "BatchNormalization",
      inputs: [x, weight, bias, running_mean, running_var],
      attributes: { epsilon: epsilon(application) },
    };
  },

  layer_norm(application) {
    const sizes = numbersOf(application.node, "shape");
    const { weight, bias } = affine(application, sizes);
    return {
      op: "LayerNormalization",
      inputs: [application.x, weight, bias],
      attributes: { axis: { i: -sizes.length }, epsilon: epsilon(application) },
    };
  },

  /** Each group is normalised as if it were one channel; weight and bias follow by channel. */
  group_norm(application) {
    const { node, x, shape, write } = application;
    const groups = numberOf(node, "groups");
    const joined = write.step("Reshape", [x, write.ints([0, groups, -1])]);
    const scale = [write.filled([groups], 1), write.filled([groups], 0)];
    const normal = write.step("InstanceNormalization", [joined, ...scale], { epsilon: epsilon(application) });
    const y = write.step("Reshape", [normal, write.ints([0, ...shape.slice(1)])]);
    const { weight, bias } = affine(application, shape.slice(1, 2));
    const byChannel = (values: string) =>
      write.step("Reshape", [values, write.ints([-1, ...shape.slice(2).map(() => 1)])]);
    return { op: "Add", inputs: [write.step("Mul", [y, byChannel(weight)]), byChannel(bias)] };
  },

  instance_norm(application) {
    const { x, shape } = application;
    const { weight, bias } = affine(application, shape.slice(1, 2));
    return {
      op: "InstanceNormalization",
      inputs: [x, weight, bias],
      attributes: { epsilon: epsilon(application) },
    };
  },
};
