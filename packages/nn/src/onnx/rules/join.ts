import { numberOf } from "../attributes.js";
import type { OnnxRules } from "../rule.js";

export const join: OnnxRules = {
  concat: ({ node, inputs }) => ({ op: "Concat", inputs, attributes: { axis: { i: numberOf(node, "dim") } } }),
  narrow({ node, x, write }) {
    const start = numberOf(node, "start");
    const bounds = [start, start + numberOf(node, "length"), numberOf(node, "dim")];
    return { op: "Slice", inputs: [x, ...bounds.map((bound) => write.ints([bound]))] };
  },
};
