import { expect, it } from "vitest";
import { forward } from "../inference/predictor.js";
import { describeOnEachBackend } from "../testing/backends.js";
import { chain, links } from "../testing/networks.js";
import { evaluate } from "./evaluate.js";

/** Passes its two inputs on as logits. */
const graph = chain([2], [links.linear(2, 2)]);
const parameters = [
  { name: "0.weight", shape: [2, 2], values: Float32Array.of(1, 0, 0, 1) },
  { name: "0.bias", shape: [2], values: Float32Array.of(0, 0) },
];
const batch = (rows: number[], labels: number[]) => ({
  images: Float32Array.from(rows),
  shape: [labels.length, 2],
  labels: Int32Array.from(labels),
});

describeOnEachBackend("evaluate", (open) => {
  it("counts what was right and what was taken for what", async () => {
    const batches = [batch([2, 0, 0, 2, 0, 2], [0, 1, 0]), batch([2, 0], [1])];
    const result = await evaluate(await open(), graph, parameters, batches, { loss: { name: "cross-entropy" } });
    expect(result).toMatchObject({ samples: 4, classes: 2, accuracy: 0.5 });
    expect(result.confusion).toEqual(Uint32Array.of(1, 1, 1, 1));
    const right = Math.log(1 + Math.exp(-2));
    const wrong = Math.log(1 + Math.exp(2));
    // The loss of a batch is a float32.
    expect(result.loss).toBeCloseTo((2 * right + 2 * wrong) / 4, 6);
  });

  it("takes log-probabilities as they are for nll", async () => {
    const result = await evaluate(await open(), graph, parameters, [batch([-1, -2], [1])], { loss: { name: "nll" } });
    expect(result).toMatchObject({ loss: 2, accuracy: 0 });
  });

  it("leaves out samples whose label is to be ignored", async () => {
    const batches = [batch([2, 0, 0, 2, 9, 0], [0, 1, -1])];
    const loss = { name: "cross-entropy", ignoreIndex: -1 } as const;
    const result = await evaluate(await open(), graph, parameters, batches, { loss });
    expect(result).toMatchObject({ accuracy: 1, confusion: Uint32Array.of(1, 0, 0, 1) });
    expect(result.loss).toBeCloseTo(Math.log(1 + Math.exp(-2)), 6);
    const strict = evaluate(await open(), graph, parameters, batches, { loss: { name: "cross-entropy" } });
    await expect(strict).rejects.toMatchObject({ code: "shape_mismatch" });
  });

  it("keeps huge logits finite", async () => {
    const result = await evaluate(await open(), graph, parameters, [batch([1e6, 0], [1])], {
      loss: { name: "cross-entropy" },
    });
    expect(result.loss).toBe(1e6);
  });

  it("reports each batch and can be called off", async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const endless = (function* () {
      for (;;) yield batch([1, 2], [0]);
    })();
    const run = evaluate(
      await open(),
      graph,
      parameters,
      endless,
      { loss: { name: "nll" } },
      {
        signal: controller.signal,
        onProgress: ({ samples }) => seen.push(samples) === 3 && controller.abort(),
      },
    );
    await expect(run).rejects.toMatchObject({ code: "aborted" });
    expect(seen).toEqual([1, 2, 3]);
  });
});

describeOnEachBackend("forward", (open) => {
  it("gives images back in the order that they have in PyTorch", async () => {
    const identity = chain([2, 1, 3], [links.conv2d([2, 2, 1, 1], [2, 1, 3])]);
    const weights = [
      { name: "0.weight", shape: [2, 2, 1, 1], values: Float32Array.of(1, 0, 0, 1) },
      { name: "0.bias", shape: [2], values: Float32Array.of(0, 10) },
    ];
    const images = Float32Array.of(1, 2, 3, 4, 5, 6);
    expect(await forward(await open(), identity, weights, images, [1, 2, 1, 3])).toEqual(
      Float32Array.of(1, 2, 3, 14, 15, 16),
    );
  });
});
