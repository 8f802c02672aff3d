import type { OnnxRules } from "../rule.js";

export const linear: OnnxRules = {
  linear({ x, shape, write, parameters: { weight = "", bias } }) {
    const withBias = bias === undefined ? [] : [bias];
    if (shape.length === 2) return { op: "Gemm", inputs: [x, weight, ...withBias], attributes: { transB: { i: 1 } } };
    const turned = write.step("Transpose", [weight], { perm: { ints: [1, 0] } });
    if (bias === undefined) return { op: "MatMul", inputs: [x, turned] };
    return { op: "Add", inputs: [write.step("MatMul", [x, turned]), bias] };
  },
};
