import { z } from "zod";
import { defineOp, Mismatch, requireShape, requireShapes, shapeText } from "./op.js";

/**
 * One layer of a recurrent network in one direction, over `[batch, steps, features]`.
 * Inputs: the sequence; then, where they are not zeros, the first hidden state and for an LSTM the first cell state,
 * `[batch, hidden]` each.
 * Attributes: `reverse`, whether it starts at the last step. Parameters: `weight_ih` [gates · hidden, features], `weight_hh`
 * [gates · hidden, hidden], `bias_ih`, `bias_hh` [gates · hidden] (optional), gates in PyTorch's order.
 */
function recurrent<Attributes extends { reverse: boolean }>(
  name: string,
  gates: number,
  states: number,
  attributes: z.ZodType<Attributes>,
  shapeOf: (attributes: Attributes, sequence: number[]) => number[] = (_, sequence) => sequence,
) {
  return defineOp({
    name,
    inputs: [1, 1 + states],
    attributes,
    parameters: { weight_ih: "required", weight_hh: "required", bias_ih: "optional", bias_hh: "optional" },
    infer({ input, inputs, attributes, parameters }) {
      const { weight_ih: inner = [], weight_hh: outer = [] } = parameters;
      const [rows = 0, hidden = 0] = outer;
      if (outer.length !== 2 || rows !== gates * hidden)
        throw new Mismatch(`weight_hh [${gates} · hidden, hidden]`, shapeText(outer));
      const [batch = -1, steps = 0, features] = input;
      if (input.length !== 3 || features === undefined)
        throw new Mismatch("[batch, steps, features]", shapeText(input));
      if (inner.length === 2 && inner[0] === rows && inner[1] !== features)
        throw new Mismatch(`[batch, steps, ${inner[1]}]`, shapeText(input));
      requireShape("weight_ih", inner, [rows, features]);
      requireShapes(parameters, ["bias_ih", "bias_hh"], [rows]);
      if (inputs.length !== 1 && inputs.length !== 1 + states)
        throw new Mismatch(`the sequence alone or with ${states} states`, `${inputs.length} inputs`);
      for (const state of inputs.slice(1)) requireShape("a state", state, [batch, hidden]);
      return shapeOf(attributes, [batch, steps, hidden]);
    },
  });
}

const reverse = z.boolean();

/** hₜ = tanh or relu (W_ih xₜ + b_ih + W_hh hₜ₋₁ + b_hh). Attributes: also `nonlinearity`. Source: PyTorch's `nn.RNN`. */
export const rnn = recurrent("rnn", 1, 1, z.strictObject({ reverse, nonlinearity: z.enum(["tanh", "relu"]) }));
/**
 * Attributes: also `returns`, "sequence" for the hidden states of all steps, "cell" for the last cell state, [batch, hidden].
 * Source: Hochreiter and Schmidhuber 1997; PyTorch's `nn.LSTM`.
 */
export const lstm = recurrent(
  "lstm",
  4,
  2,
  z.strictObject({ reverse, returns: z.enum(["sequence", "cell"]) }),
  ({ returns }, sequence) => (returns === "cell" ? sequence.filter((_, axis) => axis !== 1) : sequence),
);
/** Source: Cho et al. 2014; PyTorch's `nn.GRU`. */
export const gru = recurrent("gru", 3, 1, z.strictObject({ reverse }));
