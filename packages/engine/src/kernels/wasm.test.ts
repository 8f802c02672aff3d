import type { Tensor } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { openBackend } from "../backend/open.js";
import { rank2, rank4 } from "./rank.js";

const { tf, kernels } = await openBackend("wasm");

const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);

/** Values and gradients of both functions at the same point, with the same gradient of the output. */
function expectAlike(inputs: Tensor[], ours: (...of: Tensor[]) => Tensor, theirs: (...of: Tensor[]) => Tensor): void {
  const values = (tensor: Tensor) => [...tensor.dataSync()];
  const [value, wanted] = [ours(...inputs), theirs(...inputs)];
  expect(value.shape).toEqual(wanted.shape);
  const dy = random(value.shape, 9);
  const results = [value, ...tf.grads((...of) => ours(...of))(inputs, dy)].map(values);
  const expected = [wanted, ...tf.grads((...of) => theirs(...of))(inputs, dy)].map(values);
  results.forEach((result, which) => {
    const farthest = result.reduce((worst, x, at) => Math.max(worst, Math.abs(x - (expected[which]?.[at] ?? NaN))), 0);
    expect(farthest, which === 0 ? "value" : `gradient ${which}`).toBeLessThan(1e-4);
  });
}

describe("wasm kernels give what TensorFlow.js composes", () => {
  it.each([
    [3, 4, 5],
    [40, 3, 2],
    [2, 50, 30],
  ])("matMul of [%i, %i] and [%i]", (rows, inner, columns) => {
    expectAlike(
      [random([rows, inner], 1), random([inner, columns], 2)],
      (a, b) => kernels.matMul(rank2(a, "test"), rank2(b, "test"), true),
      (a, b) => tf.matMul(rank2(a, "test"), rank2(b, "test")),
    );
  });

  it.each([
    { size: [7, 9], kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1] },
    { size: [8, 8], kernel: [3, 2], stride: [2, 3], padding: [0, 0, 0, 0] },
    { size: [9, 6], kernel: [1, 1], stride: [2, 2], padding: [0, 0, 0, 0] },
    { size: [6, 6], kernel: [2, 2], stride: [3, 3], padding: [0, 0, 0, 0] },
  ] as const)("the input's gradient of conv2d, %o", ({ size, kernel, stride, padding }) => {
    const filter = rank4(random([...kernel, 2, 3], 2), "test");
    const [top, bottom, left, right] = padding;
    expectAlike(
      [random([2, ...size, 2], 1)],
      (x) => kernels.conv2d(rank4(x, "test"), filter, stride, padding, true),
      (x) =>
        tf.conv2d(
          tf.pad(rank4(x, "test"), [
            [0, 0],
            [top, bottom],
            [left, right],
            [0, 0],
          ]),
          filter,
          [...stride],
          "valid",
        ),
    );
  });

  it("convTranspose2d, where the last row of the output is no window's", () => {
    const filter = rank4(random([3, 2, 3, 2], 2), "test");
    const x = rank4(random([2, 4, 5, 2], 1), "test");
    const ours = kernels.convTranspose2d(x, filter, [2, 3], [10, 14]);
    const wanted = tf.conv2dTranspose(x, filter, [2, 10, 14, 3], [2, 3], "valid");
    expect(tf.max(tf.abs(tf.sub(ours, wanted))).dataSync()[0]).toBeLessThan(1e-5);
  });

  it.each([3, 4, 6])("batchNorm of %i channels", (channels) => {
    const eps = 1e-3;
    const seen: number[][] = [];
    const x = tf.add(tf.mul(random([3, 4, 2, channels], 1), 2), 5);
    const centred = (x: Tensor) => tf.sub(x, tf.mean(x, [0, 1, 2]));
    const variance = (x: Tensor) => tf.mean(tf.square(centred(x)), [0, 1, 2]);
    expectAlike(
      [x, random([channels], 2), random([channels], 3)],
      (x, scale, shift) =>
        kernels.batchNorm(rank4(x, "test"), tf.reshape(scale, [-1]), tf.reshape(shift, [-1]), eps, (mean, sample) =>
          seen.push([...mean.dataSync(), ...sample.dataSync()]),
        ),
      (x, scale, shift) => tf.add(tf.mul(tf.mul(centred(x), tf.rsqrt(tf.add(variance(x), eps))), scale), shift),
    );
    const wanted = [...tf.mean(x, [0, 1, 2]).dataSync(), ...tf.mul(variance(x), 24 / 23).dataSync()];
    for (const [index, value] of (seen[0] ?? []).entries()) expect(value).toBeCloseTo(wanted[index] ?? Number.NaN, 4);
    expect(seen[0]).toHaveLength(2 * channels);
  });
});
