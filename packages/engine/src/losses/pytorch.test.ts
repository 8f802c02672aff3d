import { expect, it } from "vitest";
import { describeOnEachBackend } from "../testing/backends.js";
import { farthest, goldenRules, goldenTensor } from "../testing/golden.js";
import { lossOf } from "./loss.js";

const cases = goldenRules.losses.map(
  (golden) => [`${golden.about}: ${JSON.stringify(golden.settings)}`, golden] as const,
);

describeOnEachBackend(`losses and their gradients are those of PyTorch ${goldenRules.torch}`, (open) => {
  it.each(cases)("%s", async (_, { settings, outputs, targets, loss, upstream, gradient }) => {
    const { tf } = await open();
    tf.tidy(() => {
      const rule = lossOf(settings);
      const given = { outputs: goldenTensor(tf, outputs), targets: goldenTensor(tf, targets) };
      const value = rule.apply(tf, given.outputs, given.targets);
      expect(value.shape).toEqual(loss.shape);
      expect(farthest(value.dataSync(), loss.values)).toBeLessThan(1);
      const gradientOf = tf.grad((x) => rule.apply(tf, x, given.targets));
      const found = gradientOf(given.outputs, tf.tensor(upstream.map(Number), loss.shape));
      expect(farthest(found.dataSync(), gradient)).toBeLessThan(1);
    });
  });
});
