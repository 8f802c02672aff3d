import type { AttributeValue } from "../proto.js";
import type { Application, OnnxRules } from "../rule.js";

interface Kind {
  readonly op: string;
  /** ONNX's gates in their order: where each is in PyTorch's. */
  readonly gates: readonly number[];
  readonly attributes?: (application: Application) => Readonly<Record<string, AttributeValue>>;
}

/** Gates one below the other, put into ONNX's order. Runtimes do that once, while loading. */
function ordered({ write }: Application, values: string, { gates }: Kind): string {
  if (gates.length === 1) return values;
  const pieces = write.split(values, 0, gates.length);
  return write.step(
    "Concat",
    gates.map((gate) => pieces[gate] ?? ""),
    { axis: { i: 0 } },
  );
}

/** ONNX's weights, biases and states have the directions as their first dimension, of which there is one here. */
const withDirection = ({ write }: Application, values: string): string =>
  write.step("Unsqueeze", [values, write.ints([0])]);

/** The biases of the input and of the state in one; "" when there is none. */
function biasesOf(application: Application, kind: Kind): string {
  const { write, parameters, parameterShapes } = application;
  const { bias_ih, bias_hh } = parameters;
  if (bias_ih === undefined && bias_hh === undefined) return "";
  const [rows = 0] = parameterShapes.weight_hh ?? [];
  const both = [bias_ih, bias_hh].map((bias) =>
    bias === undefined ? write.filled([rows], 0) : ordered(application, bias, kind),
  );
  return withDirection(application, write.step("Concat", both, { axis: { i: 0 } }));
}

/** Runs one layer in one direction. @param output 0 for the states of all steps, 2 for the last cell state @returns its name */
function run(application: Application, kind: Kind, output: number): string {
  const { node, x, inputs, write, parameters, parameterShapes } = application;
  const { weight_ih = "", weight_hh = "" } = parameters;
  const [, hidden = 0] = parameterShapes.weight_hh ?? [];
  const stepsFirst = write.step("Transpose", [x], { perm: { ints: [1, 0, 2] } });
  const weights = [weight_ih, weight_hh].map((weight) =>
    withDirection(application, ordered(application, weight, kind)),
  );
  const states = inputs.slice(1).map((state) => withDirection(application, state));
  const given = [stepsFirst, ...weights, biasesOf(application, kind), "", ...states];
  while (given.at(-1) === "") given.pop();
  return write.output(output, kind.op, given, {
    hidden_size: { i: hidden },
    direction: { s: node.attributes.reverse === true ? "reverse" : "forward" },
    ...kind.attributes?.(application),
  });
}

/** From `[steps, 1, batch, hidden]` to `[batch, steps, hidden]`. */
function sequence(application: Application, kind: Kind) {
  const { write } = application;
  const states = write.step("Squeeze", [run(application, kind, 0), write.ints([1])]);
  return { op: "Transpose", inputs: [states], attributes: { perm: { ints: [1, 0, 2] } } };
}

const rnn: Kind = {
  op: "RNN",
  gates: [0],
  attributes: ({ node }) => ({ activations: { strings: [node.attributes.nonlinearity === "relu" ? "Relu" : "Tanh"] } }),
};
/** PyTorch: input, forget, cell, output. ONNX: input, output, forget, cell. */
const lstm: Kind = { op: "LSTM", gates: [0, 3, 1, 2] };
/** PyTorch: reset, update, new; the reset gate after the product with the state. ONNX: update, reset, new. */
const gru: Kind = { op: "GRU", gates: [1, 0, 2], attributes: () => ({ linear_before_reset: { i: 1 } }) };

export const recurrent: OnnxRules = {
  rnn: (application) => sequence(application, rnn),
  gru: (application) => sequence(application, gru),
  lstm(application) {
    if (application.node.attributes.returns !== "cell") return sequence(application, lstm);
    return { op: "Squeeze", inputs: [run(application, lstm, 2), application.write.ints([0])] };
  },
};
