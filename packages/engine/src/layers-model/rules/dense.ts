import type { Tensor } from "../../backend/backend.js";
import { numberAttribute, numbersAttribute, textAttribute } from "../../ops/attributes.js";
import { type LayerApplication, type LayerRules, noLayer, type Symbolic } from "../rule.js";

/** The weights of a recurrent layer. PyTorch has two biases, which are added. */
function recurrentWeights({ node, tf, parameters, inputs }: LayerApplication): Tensor[] {
  const { weight_ih: inner, weight_hh: outer, bias_ih: bias, bias_hh: other } = parameters;
  if (inner === undefined || outer === undefined || inputs.length > 1 || node.attributes.reverse === true)
    throw noLayer(node, `"${node.op}" that runs backwards or is given its first state`);
  const kernels = [tf.transpose(inner), tf.transpose(outer)];
  if (bias === undefined) return kernels;
  return [...kernels, other === undefined ? bias : tf.add(bias, other)];
}

const recurrentSettings = ({ node, parameters, name }: LayerApplication) =>
  ({
    ...{ units: node.shape.at(-1) ?? 0, returnSequences: true, useBias: parameters.bias_ih !== undefined },
    ...{ kernelInitializer: "zeros", recurrentInitializer: "zeros", ...name() },
  }) as const;

/** Batch norm without training. TensorFlow.js has it for the last dimension on all of its backends. */
function batchNormalised({ node, make, apply, name, x, sizes, parameters }: LayerApplication): Symbolic {
  const { weight, bias, running_mean: mean, running_var: variance } = parameters;
  if (mean === undefined || variance === undefined) throw noLayer(node);
  const layer = make.batchNormalization({
    ...{ epsilon: numberAttribute(node, "eps"), scale: weight !== undefined, center: bias !== undefined, ...name() },
  });
  const weights = [...(weight ? [weight] : []), ...(bias ? [bias] : []), mean, variance];
  const axes = sizes.map((_, axis) => axis + 1);
  if (axes.length === 1) return apply(layer, x, weights);
  if (axes.length > 3) throw noLayer(node, "a batch norm of volumes");
  const last = apply(make.permute({ dims: [...axes.slice(1), 1], ...name("last") }), x);
  const first = [axes.length, ...axes.slice(0, -1)];
  return apply(make.permute({ dims: first, ...name("first") }), apply(layer, last, weights));
}

function layerNormalised({ node, tf, make, apply, name, x, sizes, parameters }: LayerApplication): Symbolic {
  const shape = numbersAttribute(node, "shape");
  if (shape.length !== 1) throw noLayer(node, "a layer norm over more than the last dimension");
  const { weight = tf.ones([...shape]), bias = tf.zeros([...shape]) } = parameters;
  const layer = make.layerNormalization({ axis: sizes.length, epsilon: numberAttribute(node, "eps"), ...name() });
  return apply(layer, x, [weight, bias]);
}

export const dense: LayerRules = {
  linear({ node, tf, make, apply, name, x, parameters: { weight, bias } }) {
    if (weight === undefined) throw noLayer(node);
    const [units = 0] = weight.shape;
    const layer = make.dense({ units, useBias: bias !== undefined, kernelInitializer: "zeros", ...name() });
    return apply(layer, x, [tf.transpose(weight), ...(bias === undefined ? [] : [bias])]);
  },
  embedding({ node, make, apply, name, x, parameters: { weight } }) {
    const [inputDim = 0, outputDim = 0] = weight?.shape ?? [];
    if (weight === undefined) throw noLayer(node);
    const layer = make.embedding({ inputDim, outputDim, embeddingsInitializer: "zeros", ...name() });
    return apply(layer, x, [weight]);
  },
  lstm(application) {
    const { node, make, apply, x } = application;
    if (textAttribute(node, "returns") !== "sequence") throw noLayer(node, "the last cell state of an LSTM");
    const gates = { activation: "tanh", recurrentActivation: "sigmoid", unitForgetBias: false } as const;
    return apply(make.lstm({ ...recurrentSettings(application), ...gates }), x, recurrentWeights(application));
  },
  rnn(application) {
    const { node, make, apply, x } = application;
    const activation = textAttribute(node, "nonlinearity") === "relu" ? "relu" : "tanh";
    return apply(make.simpleRNN({ ...recurrentSettings(application), activation }), x, recurrentWeights(application));
  },
  batch_norm: batchNormalised,
  layer_norm: layerNormalised,
};
