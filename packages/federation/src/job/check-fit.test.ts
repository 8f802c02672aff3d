import { Conv2d, Flatten, Linear, Module, sequential, trace, type Value } from "@tributary/nn";
import { describe, expect, it } from "vitest";
import { checkFit, classifierFacts } from "./check-fit.js";

const shard = { dataset: "digits", sampleShape: [1, 4, 4], classes: 2 };
const classifier = (classes: number) => trace(sequential(new Flatten(), new Linear(16, classes)), [1, 4, 4]);
const ce = { name: "cross-entropy" } as const;

class TwoInputs extends Module {
  fc = new Linear(4, 2);
  forward(a: Value, b: Value): Value {
    return this.fc.forward(a.apply("add", { others: [b] }));
  }
}

class TwoOutputs extends Module {
  first = new Linear(4, 2);
  second = new Linear(4, 3);
  forward(x: Value): Value[] {
    return [this.first.forward(x), this.second.forward(x)];
  }
}

describe("a network", () => {
  it("fits a shard when it takes its samples and tells its classes apart, or more", () => {
    expect(classifierFacts(classifier(3))).toEqual({ sampleShape: [1, 4, 4], classes: 3 });
    for (const classes of [2, 3]) expect(() => checkFit(classifier(classes), ce, shard)).not.toThrow();
  });

  it("with one number tells two classes apart, where the loss takes it so", () => {
    expect(() => checkFit(classifier(1), { name: "bce-with-logits" }, shard)).not.toThrow();
    expect(() => checkFit(classifier(1), { name: "bce-with-logits" }, { ...shard, classes: 3 })).toThrow(
      "tells 2 classes apart, digits has 3",
    );
    expect(() => checkFit(classifier(1), ce, shard)).toThrow("tells 1 classes apart, digits has 2");
  });

  it.each([
    [
      "takes other samples",
      trace(new Linear(5, 2), [5]),
      "shape_mismatch",
      "takes [5], the samples of digits are [1,4,4]",
    ],
    ["tells too few classes apart", classifier(1), "shape_mismatch", "tells 1 classes apart"],
    // Its last dimension is wide enough, its classes are not what a sample has.
    [
      "gives a class for each pixel",
      trace(new Conv2d(1, 2, 1), [1, 4, 4]),
      "invalid_graph",
      "[batch, classes]; that of Conv2d is [batch, 2, 4, 4]",
    ],
    ["has two inputs", trace(new TwoInputs(), [[4], [4]]), "invalid_graph", "TwoInputs has 2 and 1"],
    ["has two outputs", trace(new TwoOutputs(), [4]), "invalid_graph", "TwoOutputs has 1 and 2"],
  ])("that %s does not", (_, graph, code, message) => {
    expect(() => checkFit(graph, ce, shard)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});
