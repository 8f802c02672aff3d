import { numberAttribute, textAttribute } from "../../ops/attributes.js";
import { type LayerApplication, type LayerRules, noLayer } from "../rule.js";

type Named = NonNullable<Parameters<LayerApplication["make"]["activation"]>[0]>["activation"];

const named =
  (activation: Named) =>
  ({ make, apply, name, x }: LayerApplication) =>
    apply(make.activation({ activation, ...name() }), x);

/** Along the last dimension: TensorFlow.js has it along no other. */
const lastOnly = (activation: Named) => (application: LayerApplication) => {
  const { node, sizes } = application;
  if (numberAttribute(node, "dim") !== sizes.length)
    throw noLayer(node, `"${node.op}" along another dimension than the last`);
  return named(activation)(application);
};

/** Where softplus is straight in PyTorch, float32 can't tell it from what it is in TensorFlow.js. */
const STRAIGHT = 17;

export const activation: LayerRules = {
  relu: named("relu"),
  selu: named("selu"),
  sigmoid: named("sigmoid"),
  tanh: named("tanh"),
  silu: named("swish"),
  softmax: lastOnly("softmax"),
  // Its types don't name it.
  log_softmax: lastOnly("logSoftmax" as Named),
  gelu(application) {
    if (textAttribute(application.node, "approximate") !== "none")
      throw noLayer(application.node, "this approximation");
    return named("gelu")(application);
  },
  leaky_relu: ({ node, make, apply, name, x }) =>
    apply(make.leakyReLU({ alpha: numberAttribute(node, "slope"), ...name() }), x),
  elu(application) {
    if (numberAttribute(application.node, "alpha") !== 1) throw noLayer(application.node, "an ELU but of alpha 1");
    return named("elu")(application);
  },
  hardtanh({ node, make, apply, name, x }) {
    if (numberAttribute(node, "min") !== 0) throw noLayer(node, '"hardtanh" that begins below or above 0');
    return apply(make.reLU({ maxValue: numberAttribute(node, "max"), ...name() }), x);
  },
  softplus(application) {
    const { node } = application;
    if (numberAttribute(node, "beta") !== 1 || numberAttribute(node, "threshold") < STRAIGHT)
      throw noLayer(node, '"softplus" of this beta and threshold');
    return named("softplus")(application);
  },
  prelu({ tf, make, apply, name, x, sizes, parameters: { weight } }) {
    if (weight === undefined) return x;
    const [, ...rest] = sizes;
    // A slope for each value: TensorFlow.js' wasm backend spreads fewer along the last dimension, whichever they are of.
    const slopes = tf.broadcastTo(tf.reshape(weight, [-1, ...rest.map(() => 1)]), [...sizes]);
    return apply(make.prelu({ alphaInitializer: "zeros", ...name() }), x, [slopes]);
  },
};
