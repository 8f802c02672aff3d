import { dataType } from "../proto.js";
import type { OnnxRules } from "../rule.js";

export const embedding: OnnxRules = {
  /** The indices come as float32, as everywhere in a graph. */
  embedding: ({ x, write, parameters: { weight = "" } }) => ({
    op: "Gather",
    inputs: [weight, write.step("Cast", [x], { to: { i: dataType.int64 } })],
    attributes: { axis: { i: 0 } },
  }),
};
