// A plug-in with one operator: the sign of every value. Its true gradient is 0, by which nothing is learned; so it lets the gradient
// through where a value is small. Source: the straight-through estimator, Hubara et al. 2016, "Binarized Neural Networks".

export default ({ defineOp, z }) => [
  {
    spec: defineOp({
      name: "acme.binarize",
      attributes: z.strictObject({ limit: z.number().positive() }),
      infer: ({ input }) => [...input],
    }),
    run: {
      apply({ backend: { tf }, node, inputs: [x] }) {
        const { limit } = node.attributes;
        const binarize = tf.customGrad((x, save) => {
          save([x]);
          const ones = tf.onesLike(x);
          return {
            value: tf.where(tf.greaterEqual(x, 0), ones, tf.neg(ones)),
            gradFunc: (gradient, [x]) => tf.mul(gradient, tf.cast(tf.lessEqual(tf.abs(x), limit), "float32")),
          };
        });
        return binarize(x);
      },
    },
  },
];
