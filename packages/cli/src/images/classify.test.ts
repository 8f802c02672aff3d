import * as nn from "@tributary/nn";
import { ReLU, Softmax } from "@tributary/nn";
import { describe, expect, it } from "vitest";
import { classify, imageSizeOf } from "./classify.js";
import { normalisationFor, normalise } from "./normalise.js";

const classifier = (...last: nn.Module[]) =>
  nn.trace(
    nn.sequential({
      flatten: new nn.Flatten(),
      fc: new nn.Linear(2, 3),
      ...Object.fromEntries(last.map((each) => ["end", each])),
    }),
    [1, 1, 2],
  );
const parameters = [
  { name: "fc.weight", shape: [3, 2], values: Float32Array.of(0, 1, 1, 0, 2, 2) },
  { name: "fc.bias", shape: [3], values: Float32Array.of(0, 0, 0) },
];
async function* images(count: number) {
  for (let at = 0; at < count; at++) yield Float32Array.of(at / 100, 0);
}

describe("a classifier of images", () => {
  it.each([
    ["logits", classifier()],
    ["log-probabilities", classifier(new nn.LogSoftmax(1))],
    ["probabilities", classifier(new Softmax(1))],
  ])("that gives %s ranks the classes by their probabilities, over batches", async (_, graph) => {
    const scores = await classify(graph, parameters, images(70));
    expect(scores).toHaveLength(70);
    const total = 1 + Math.exp(0.69) + Math.exp(2 * 0.69);
    const [first, second, third] = scores[69] ?? [];
    expect([first?.class, second?.class, third?.class]).toEqual([2, 1, 0]);
    expect(first?.probability).toBeCloseTo(Math.exp(1.38) / total, 5);
    expect(third?.probability).toBeCloseTo(1 / total, 5);
  });

  it.each<[string, nn.Graph, string]>([
    ["texts", nn.namedModel("char-lstm"), "char-lstm does not take an image of 1 or 3 channels, but [80]"],
    ["two channels", nn.trace(new ReLU(), [2, 4, 4]), "ReLU does not take an image of 1 or 3 channels, but [2,4,4]"],
    [
      "images, but gives images",
      nn.namedModel("unet-small"),
      "unet-small does not give [batch, classes], but [-1,2,32,32]",
    ],
  ])("is none when it takes %s", (_, graph, message) => {
    expect(() => imageSizeOf(graph)).toThrow(expect.objectContaining({ code: "shape_mismatch", message }));
  });
});

describe("the normalisation of images", () => {
  const grey = { channels: 1, height: 28, width: 28 } as const;
  const colour = { channels: 3, height: 1, width: 1 } as const;

  it("is MNIST's for images like its own, else none", () => {
    expect(normalisationFor(grey, {})).toEqual({ mean: [0.1307], deviation: [0.3081] });
    expect(normalisationFor(colour, {})).toEqual({ mean: [0], deviation: [1] });
  });

  it("is by channel, or the same for all", () => {
    const wanted = normalisationFor(colour, { mean: [0.5, 0.25, 0], deviation: [0.5] });
    expect(normalise(Float32Array.of(1, 1, 1), wanted)).toEqual(Float32Array.of(1, 1.5, 2));
  });

  it.each<[string, Parameters<typeof normalisationFor>[1], string]>([
    ["too many means", { mean: [1, 2] }, "--mean has 2 numbers"],
    ["too few deviations", { deviation: [1, 2] }, "--deviation has 2 numbers"],
    ["a deviation of zero", { deviation: [0] }, "--deviation must be above 0"],
  ])("is refused with %s", (_, given, message) => {
    expect(() => normalisationFor(colour, given)).toThrow(
      expect.objectContaining({ code: "invalid_request", message }),
    );
  });
});
