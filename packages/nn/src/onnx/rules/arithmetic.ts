import { numberOf } from "../attributes.js";
import type { OnnxRule, OnnxRules } from "../rule.js";

/** A parameter has a sample's dimensions, so it fits from the last dimension on, as ONNX broadcasts. */
const binary =
  (op: string): OnnxRule =>
  ({ node, x, inputs, parameters, write }) => ({
    op,
    inputs: [x, inputs[1] ?? parameters.other ?? write.floats([numberOf(node, "scalar")])],
  });

export const arithmetic: OnnxRules = {
  add: binary("Add"),
  sub: binary("Sub"),
  mul: binary("Mul"),
  div: binary("Div"),
  matmul: ({ inputs }) => ({ op: "MatMul", inputs }),
};
