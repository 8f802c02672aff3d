import { numbersOf } from "../attributes.js";
import type { Application, OnnxRules } from "../rule.js";

const keepdims = ({ node }: Application) => ({ i: node.attributes.keepDim === true ? 1 : 0 });

/** In this version of the operators the dimensions are an attribute of ReduceMean and ReduceMax, and an input of ReduceSum. */
const reduce = (op: string) => (application: Application) => ({
  op,
  inputs: [application.x],
  attributes: { axes: { ints: numbersOf(application.node, "dims") }, keepdims: keepdims(application) },
});

export const reduction: OnnxRules = {
  mean: reduce("ReduceMean"),
  max: reduce("ReduceMax"),
  sum: (application) => ({
    op: "ReduceSum",
    inputs: [application.x, application.write.ints(numbersOf(application.node, "dims"))],
    attributes: { keepdims: keepdims(application) },
  }),
};
