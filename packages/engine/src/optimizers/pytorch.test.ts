import { expect, it } from "vitest";
import { describeOnEachBackend } from "../testing/backends.js";
import { farthest, goldenRules, goldenTensor } from "../testing/golden.js";
import { walk } from "../testing/walk.js";
import { clipGradients } from "./clipping.js";
import { optimizerOf } from "./optimizer.js";

const { start, gradients, cases } = goldenRules.optimizers;
const optimizers = cases.map(
  (golden) => [`${JSON.stringify(golden.settings)} at rates ${golden.learningRates}`, golden] as const,
);
const clippings = goldenRules.clipping.map((golden) => [JSON.stringify(golden.clipping), golden] as const);

describeOnEachBackend(`five steps of each optimizer are those of PyTorch ${goldenRules.torch}`, (open) => {
  it.each(optimizers)("%s", async (_, { settings, learningRates, after }) => {
    const { tf } = await open();
    const places = walk(tf, optimizerOf(settings), {
      start: { shape: start.shape, values: start.values.map(Number) },
      gradients: gradients.map((gradient) => gradient.map(Number)),
      learningRates,
    });
    places.forEach((place, step) => {
      expect(farthest(place, after[step] ?? []), `step ${step + 1}`).toBeLessThan(1);
    });
  });
});

describeOnEachBackend(`gradients are clipped as by PyTorch ${goldenRules.torch}`, (open) => {
  it.each(clippings)("%s", async (_, { clipping, gradients: given, clipped }) => {
    const { tf } = await open();
    tf.tidy(() => {
      const found = clipGradients(
        tf,
        given.map((gradient) => goldenTensor(tf, gradient)),
        clipping,
      );
      expect(found.map(({ shape }) => shape)).toEqual(given.map(({ shape }) => shape));
      found.forEach((gradient, index) => {
        expect(farthest(gradient.dataSync(), clipped[index] ?? [])).toBeLessThan(1);
      });
    });
  });
});
