import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
import type { Kernels } from "../kernels/kernels.js";
import { rank2 } from "../kernels/rank.js";
import { flagAttribute, inputOf, parameterOf, textAttribute } from "./attributes.js";
import type { Application, Op } from "./op.js";

/** What one step of a recurrent network is given. */
interface Cell {
  readonly tf: TensorFlow;
  /** W_ih x + b_ih of this step, `[batch, gates · hidden]`. */
  readonly input: Tensor2D;
  /** W_hh h + b_hh. */
  readonly hidden: (h: Tensor2D) => Tensor2D;
  /** `[batch, hidden]` each: the hidden state, for an LSTM then the cell state. */
  readonly states: readonly Tensor2D[];
}

type Step = (cell: Cell) => Tensor2D[];

/** Weights `[gates · hidden, in]` are held as `[in, gates · hidden]`. */
const axes = { weight_ih: [1, 0], weight_hh: [1, 0] };

/** Runs a cell over all steps; the input's part of every step is one product. */
function unroll(
  application: Application,
  states: number,
  step: Step,
): { outputs: Tensor2D[]; last: readonly Tensor2D[] } {
  const { backend, node, parameters } = application;
  const { tf, kernels } = backend;
  const x = inputOf(application);
  const [batch = 0, length = 0, features = 0] = x.shape;
  const inner = rank2(parameterOf(application, "weight_ih"), node.name);
  const outer = rank2(parameterOf(application, "weight_hh"), node.name);
  const rows: Tensor2D = tf.reshape(tf.transpose(x, [1, 0, 2]), [length * batch, features]);
  const products = biased(kernels, kernels.matMul(rows, inner, application.wantsInputGradient), parameters.bias_ih);
  // TensorFlow.js can't differentiate a split into one.
  const inputs = length === 1 ? [products] : tf.split(products, length, 0);
  let now = Array.from({ length: states }, (_, state) =>
    rank2(application.inputs[1 + state] ?? tf.zeros([batch, outer.shape[0]]), node.name),
  );
  const outputs: Tensor2D[] = [];
  const order = flagAttribute(node, "reverse") ? inputs.map((_, at) => length - 1 - at) : inputs.map((_, at) => at);
  for (const at of order) {
    const hidden = (h: Tensor2D) => biased(kernels, kernels.matMul(h, outer, true), parameters.bias_hh);
    now = step({ tf, input: rank2(inputs[at], node.name), hidden, states: now });
    outputs[at] = rank2(now[0], node.name);
  }
  return { outputs, last: now };
}

const biased = (kernels: Kernels, x: Tensor2D, bias: Tensor | undefined): Tensor2D =>
  bias === undefined ? x : rank2(kernels.biasAdd(x, bias), "bias");

const stacked = (tf: TensorFlow, outputs: readonly Tensor2D[]) => tf.stack([...outputs], 1);

const state = (states: readonly Tensor[], index: number) => rank2(states[index], "state");

/** torch.nn.RNN. */
export const rnn: Op = {
  axes,
  apply(application) {
    const { tf, kernels } = application.backend;
    const isRelu = textAttribute(application.node, "nonlinearity") === "relu";
    const { outputs } = unroll(application, 1, ({ input, hidden, states }) => {
      const sum = tf.add<Tensor2D>(input, hidden(state(states, 0)));
      return [isRelu ? rank2(kernels.relu(sum), "rnn") : tf.tanh(sum)];
    });
    return stacked(tf, outputs);
  },
};

/** torch.nn.LSTM; gates in the order input, forget, cell, output. */
export const lstm: Op = {
  axes,
  apply(application) {
    const { tf } = application.backend;
    const { outputs, last } = unroll(application, 2, ({ input, hidden, states }) => {
      const gates = tf.split(tf.add<Tensor2D>(input, hidden(state(states, 0))), 4, 1);
      const [i, f, g, o] = [0, 1, 2, 3].map((gate) => state(gates, gate));
      if (!i || !f || !g || !o) return [];
      const cell = tf.add<Tensor2D>(tf.mul(tf.sigmoid(f), state(states, 1)), tf.mul(tf.sigmoid(i), tf.tanh(g)));
      return [tf.mul<Tensor2D>(tf.sigmoid(o), tf.tanh(cell)), cell];
    });
    return textAttribute(application.node, "returns") === "cell" ? state(last, 1) : stacked(tf, outputs);
  },
};

/** torch.nn.GRU; gates in the order reset, update, new. */
export const gru: Op = {
  axes,
  apply(application) {
    const { tf } = application.backend;
    const { outputs } = unroll(application, 1, ({ input, hidden, states }) => {
      const before = state(states, 0);
      const fromInput = tf.split(input, 3, 1);
      const fromHidden = tf.split(hidden(before), 3, 1);
      const gate = (at: number) => tf.sigmoid(tf.add<Tensor2D>(state(fromInput, at), state(fromHidden, at)));
      const update = gate(1);
      const fresh = tf.tanh(tf.add<Tensor2D>(state(fromInput, 2), tf.mul(gate(0), state(fromHidden, 2))));
      return [tf.add<Tensor2D>(fresh, tf.mul(update, tf.sub(before, fresh)))];
    });
    return stacked(tf, outputs);
  },
};
