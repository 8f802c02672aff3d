import { numberOf } from "../attributes.js";
import type { Application, OnnxRule, OnnxRules } from "../rule.js";

const plain =
  (op: string): OnnxRule =>
  ({ x }) => ({ op, inputs: [x] });

const alongDim =
  (op: string): OnnxRule =>
  ({ node, x }) => ({ op, inputs: [x], attributes: { axis: { i: numberOf(node, "dim") } } });

/** x / 2 · (1 + `inner`). */
function gelu({ node, x, write }: Application) {
  const inner =
    node.attributes.approximate === "tanh"
      ? write.step("Tanh", [tanhArgument({ x, write })])
      : write.step("Erf", [write.step("Mul", [x, write.floats([Math.SQRT1_2])])]);
  const half = write.step("Mul", [x, write.floats([0.5])]);
  return { op: "Mul", inputs: [half, write.step("Add", [inner, write.floats([1])])] };
}

/** √(2/π) · (x + 0.044715 x³). */
function tanhArgument({ x, write }: Pick<Application, "x" | "write">): string {
  const cube = write.step("Mul", [write.step("Mul", [x, x]), x]);
  const sum = write.step("Add", [x, write.step("Mul", [cube, write.floats([0.044715])])]);
  return write.step("Mul", [sum, write.floats([Math.sqrt(2 / Math.PI)])]);
}

function softplus({ node, x, write }: Application) {
  const beta = write.floats([numberOf(node, "beta")]);
  const scaled = write.step("Mul", [x, beta]);
  const smooth = write.step("Div", [write.step("Softplus", [scaled]), beta]);
  const isLinear = write.step("Greater", [scaled, write.floats([numberOf(node, "threshold")])]);
  return { op: "Where", inputs: [isLinear, x, smooth] };
}

/** The slope of a channel stands at the channels' axis: [channels, 1, 1] for images. */
function prelu({ x, shape, write, parameters: { weight = "" } }: Application) {
  const slope =
    shape.length < 3 ? weight : write.step("Reshape", [weight, write.ints([-1, ...shape.slice(2).fill(1)])]);
  return { op: "PRelu", inputs: [x, slope] };
}

export const activation: OnnxRules = {
  relu: plain("Relu"),
  leaky_relu: ({ node, x }) => ({
    op: "LeakyRelu",
    inputs: [x],
    attributes: { alpha: { f: numberOf(node, "slope") } },
  }),
  elu: ({ node, x }) => ({ op: "Elu", inputs: [x], attributes: { alpha: { f: numberOf(node, "alpha") } } }),
  selu: plain("Selu"),
  gelu,
  silu: ({ x, write }) => ({ op: "Mul", inputs: [x, write.step("Sigmoid", [x])] }),
  sigmoid: plain("Sigmoid"),
  tanh: plain("Tanh"),
  hardtanh: ({ node, x, write }) => ({
    op: "Clip",
    inputs: [x, write.floats([numberOf(node, "min")]), write.floats([numberOf(node, "max")])],
  }),
  softplus,
  prelu,
  softmax: alongDim("Softmax"),
  log_softmax: alongDim("LogSoftmax"),
};
