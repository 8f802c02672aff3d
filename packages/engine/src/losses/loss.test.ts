import type { Tensor } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TensorFlow } from "../backend/backend.js";
import { describeOnEachBackend } from "../testing/backends.js";
import { checkLabels } from "./labels.js";
import { type LossSettings, lossNames, lossOf } from "./loss.js";

const CLASSES = 3;
const value = fc.float({ noNaN: true, min: -8, max: 8 });
const rows = fc
  .array(fc.record({ outputs: fc.tuple(value, value, value), label: fc.nat({ max: CLASSES - 1 }) }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((all) => ({ outputs: all.map(({ outputs }) => outputs), labels: all.map(({ label }) => label) }));
const runs = { numRuns: 25 };

const valuesOf = (tensor: Tensor) => [...tensor.dataSync()];
const close = (values: number[]) => values.map((one) => expect.closeTo(one, 4));
const mean = (values: number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;

/** Loss and gradient, the gradient of the loss being 1. */
function applied(tf: TensorFlow, settings: LossSettings, outputs: Tensor, targets: Tensor) {
  const rule = lossOf(settings);
  return tf.tidy(() => ({
    loss: valuesOf(rule.apply(tf, outputs, targets)),
    gradient: valuesOf(tf.grad((x) => rule.apply(tf, x, targets))(outputs)),
  }));
}

/** Settings and targets `[2, 3]` for each loss. */
const each: readonly (readonly [LossSettings["name"], (tf: TensorFlow) => Tensor])[] = lossNames.map((name) => [
  name,
  (tf) => (name === "nll" ? tf.tensor1d([0, 2], "int32") : three(tf, 0, 1, 0, 0.5, 0.5, 0)),
]);
const three = (tf: TensorFlow, ...values: number[]) => tf.tensor2d(values, [values.length / 3, 3]);

describeOnEachBackend("a loss", (open) => {
  it.each(lossNames)("of %s has the mean and the sum of what `none` gives", async (name) => {
    const { tf } = await open();
    fc.assert(
      fc.property(rows, ({ outputs, labels }) => {
        tf.tidy(() => {
          const logits = tf.tensor2d(outputs);
          const x = name === "bce" ? tf.sigmoid(logits) : logits;
          const takesLabels = name === "cross-entropy" || name === "nll";
          const targets = takesLabels ? tf.tensor1d(labels, "int32") : tf.softmax(tf.neg(logits));
          const of = (settings: LossSettings) => valuesOf(lossOf(settings).apply(tf, x, targets));
          const single = of({ name, reduction: "none" });
          expect(of({ name, reduction: "mean" })).toEqual(close([mean(single)]));
          expect(of({ name, reduction: "sum" })).toEqual([expect.closeTo(mean(single) * single.length, 2)]);
        });
      }),
      runs,
    );
  });

  it("of labels is that of their one-hot rows, weighed or not", async () => {
    const { tf } = await open();
    fc.assert(
      fc.property(rows, fc.constantFrom("cross-entropy", "nll"), ({ outputs, labels }, name) => {
        tf.tidy(() => {
          const x = tf.tensor2d(outputs);
          const integers = tf.tensor1d(labels, "int32");
          const oneHot = tf.cast(tf.oneHot(integers, CLASSES), "float32");
          for (const settings of [
            { name, reduction: "sum" },
            { name, reduction: "none", weight: [0.5, 2, 1] },
          ] as const) {
            const wanted = applied(tf, settings, x, oneHot);
            const found = applied(tf, settings, x, integers);
            expect(found.loss).toEqual(close(wanted.loss));
            expect(found.gradient).toEqual(close(wanted.gradient));
          }
        });
      }),
      runs,
    );
  });

  it("of cross-entropy is the same the cheap way, by weights of 1, without smoothing, and as NLL of the log-softmax", async () => {
    const { tf } = await open();
    fc.assert(
      fc.property(rows, ({ outputs, labels }) => {
        tf.tidy(() => {
          const x = tf.tensor2d(outputs);
          const targets = tf.tensor1d(labels, "int32");
          const cheap = applied(tf, { name: "cross-entropy" }, x, targets);
          const nll = lossOf({ name: "nll" });
          const others = [
            applied(tf, { name: "cross-entropy", weight: [1, 1, 1] }, x, targets),
            applied(tf, { name: "cross-entropy", labelSmoothing: 0 }, x, targets),
            {
              loss: valuesOf(nll.apply(tf, tf.logSoftmax(x), targets)),
              gradient: valuesOf(tf.grad((y) => nll.apply(tf, tf.logSoftmax(y), targets))(x)),
            },
          ];
          for (const { loss, gradient } of others) {
            expect(loss).toEqual(close(cheap.loss));
            expect(gradient).toEqual(close(cheap.gradient));
          }
        });
      }),
      runs,
    );
  });

  it("of Huber is smooth L1 times delta", async () => {
    const { tf } = await open();
    fc.assert(
      fc.property(rows, fc.constantFrom(0.25, 1, 3), ({ outputs }, delta) => {
        tf.tidy(() => {
          const x = tf.tensor2d(outputs);
          const targets = tf.zerosLike(x);
          const smooth = applied(tf, { name: "smooth-l1", beta: delta }, x, targets);
          const huber = applied(tf, { name: "huber", delta }, x, targets);
          expect(huber.loss).toEqual(close(smooth.loss.map((one) => one * delta)));
          expect(huber.gradient).toEqual(close(smooth.gradient.map((one) => one * delta)));
        });
      }),
      runs,
    );
  });

  it("of a batch whose labels are all ignored is NaN, with a gradient of 0", async () => {
    const { tf } = await open();
    tf.tidy(() => {
      for (const name of ["cross-entropy", "nll"] as const)
        for (const weight of [undefined, [1, 2, 3]]) {
          const settings = { name, ...(weight && { weight }) };
          const found = applied(tf, settings, three(tf, 1, 2, 3), tf.tensor1d([-100], "int32"));
          expect(found).toEqual({ loss: [Number.NaN], gradient: [0, 0, 0] });
        }
    });
  });

  it.each(each)("of %s does not hide a NaN, neither in its value nor in its gradient", async (name, targets) => {
    const { tf } = await open();
    tf.tidy(() => {
      const nan = three(tf, ...Array.from({ length: 6 }, () => Number.NaN));
      const { loss, gradient } = applied(tf, { name }, nan, targets(tf));
      expect(loss).toEqual([Number.NaN]);
      // Those of NLL and KL do not depend on the outputs, that of L1 is a sign: of NaN, PyTorch says 0.
      if (name !== "nll" && name !== "kl-div" && name !== "l1") expect(gradient.every(Number.isNaN)).toBe(true);
    });
  });

  it.each(each)("of %s refuses targets that do not fit, and leaves no tensor behind", async (name, targets) => {
    const { tf } = await open();
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const outputs = tf.tensor2d([0.1, 0.2, 0.7, 0.3, 0.3, 0.4], [2, 3]);
      const refused = expect.objectContaining({ code: "shape_mismatch" });
      expect(() => lossOf({ name }).apply(tf, outputs, tf.zeros([3, 2]))).toThrowError(refused);
      expect(() => lossOf({ name }).apply(tf, outputs, tf.zeros([2]))).toThrowError(refused);
      const takesLabels = name === "cross-entropy" || name === "nll";
      if (takesLabels) {
        expect(() => lossOf({ name }).apply(tf, outputs, tf.zeros([2, 3], "int32"))).toThrowError(refused);
        expect(() => lossOf({ name }).apply(tf, tf.zeros([2]), targets(tf))).toThrowError(refused);
      }
      if (takesLabels || name === "bce" || name === "bce-with-logits") {
        const weighed = lossOf({ name, weight: [1, 2] });
        expect(() => weighed.apply(tf, outputs, takesLabels ? targets(tf) : outputs)).toThrowError(
          `${name}: weight has 2 numbers, the outputs [2,3] have 3 classes`,
        );
      }
      lossOf({ name }).apply(tf, outputs, takesLabels ? targets(tf) : outputs);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("settings of a loss", () => {
  const wrong: [says: string, settings: LossSettings][] = [
    ["labelSmoothing must be from 0 to 1, got 1.1", { name: "cross-entropy", labelSmoothing: 1.1 }],
    ["weight[1] must be 0 or above, got -1", { name: "cross-entropy", weight: [1, -1] }],
    ["weight[0] must be 0 or above, got NaN", { name: "nll", weight: [Number.NaN] }],
    ["ignoreIndex must be a whole number, got 0.5", { name: "nll", ignoreIndex: 0.5 }],
    ["weight[0] must be 0 or above, got -2", { name: "bce", weight: [-2] }],
    ["posWeight[1] must be 0 or above, got Infinity", { name: "bce-with-logits", posWeight: [1, 1 / 0] }],
    ["beta must be 0 or above, got -1", { name: "smooth-l1", beta: -1 }],
    ["delta must be above 0, got 0", { name: "huber", delta: 0 }],
    ['unknown reduction "most": one of mean, sum, none', JSON.parse('{ "name": "mse", "reduction": "most" }')],
    ['unknown reduction "batchmean": one of', JSON.parse('{ "name": "l1", "reduction": "batchmean" }')],
    ['unknown reduction "avg": one of mean, batchmean', JSON.parse('{ "name": "kl-div", "reduction": "avg" }')],
    ['unknown loss "hinge": one of cross-entropy, nll, bce', JSON.parse('{ "name": "hinge" }')],
    ["unknown loss undefined", JSON.parse("{}")],
  ];
  it.each(wrong)("are refused: %s", (says, settings) => {
    expect(() => lossOf(settings)).toThrowError(expect.objectContaining({ code: "invalid_request" }));
    expect(() => lossOf(settings)).toThrowError(says);
  });
});

describe("labels", () => {
  it("must be classes, or be ignored", () => {
    expect(() => checkLabels(Int32Array.of(0, 2, -100), 3, -100)).not.toThrow();
    expect(() => checkLabels(Int32Array.of(0, -100), 3)).toThrowError("label -100 does not fit");
    expect(() => checkLabels(Int32Array.of(0, 255), 3, 255)).not.toThrow();
    expect(() => checkLabels(Int32Array.of(0, -100), 3, 255)).toThrowError("label -100 does not fit");
    expect(() => checkLabels(Int32Array.of(3), 3)).toThrowError(expect.objectContaining({ code: "shape_mismatch" }));
  });
});
