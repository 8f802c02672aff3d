import {
  Conv2d,
  Flatten,
  freeze,
  type Graph,
  Linear,
  namedModel,
  Sigmoid,
  Softmax,
  sequential,
  trace,
} from "@tributary/nn";
import { describe, expect, it } from "vitest";
import { checkJobSpec } from "./parse-job-spec.js";
import { resolveModel } from "./resolve-model.js";

const minimal = { model: "lenet5", dataset: "mnist" };

const logits = { loss: { name: "bce-with-logits" } };

describe("the model of a job", () => {
  const lenet5 = namedModel("lenet5");
  const graphOf = (change: Partial<Graph>) => ({ ...minimal, model: { graph: { ...lenet5, ...change } } });

  it("is a named one, or the graph that the JobSpec brings", () => {
    expect(resolveModel(checkJobSpec(minimal))).toEqual(lenet5);
    expect(resolveModel(checkJobSpec(JSON.parse(JSON.stringify(graphOf({ name: "mine" })))))).toEqual({
      ...lenet5,
      name: "mine",
    });
  });

  it("ends in log-probabilities for the loss nll", () => {
    const nll = { ...minimal, model: "pysyft-cnn", training: { loss: "nll" } };
    expect(resolveModel(checkJobSpec(nll)).name).toBe("pysyft-cnn");
  });

  it.each<[string, unknown, string, string]>([
    ["an unknown name", { ...minimal, model: "lenet6" }, "unknown_model", "did you mean lenet5?"],
    ["no graph", { ...minimal, model: { graph: { name: "x" } } }, "invalid_graph", "graph.inputs"],
    [
      "logits for the loss nll",
      { ...minimal, training: { loss: "nll" } },
      "invalid_job_spec",
      "training.loss: nll needs a network that ends in log_softmax; use cross-entropy",
    ],
    [
      "probabilities for the loss cross-entropy",
      { ...minimal, model: { graph: trace(sequential(new Flatten(), new Linear(4, 2), new Softmax(1)), [2, 2]) } },
      "invalid_job_spec",
      "training.loss: cross-entropy needs logits, and the network ends in softmax",
    ],
    [
      "logits for the loss kl-div",
      { ...minimal, training: { loss: { name: "kl-div", reduction: "batchmean" } } },
      "invalid_job_spec",
      "training.loss: kl-div needs a network that ends in log_softmax",
    ],
    [
      "logits for the loss bce",
      { ...minimal, training: { loss: "bce" } },
      "invalid_job_spec",
      "training.loss: bce needs a network that ends in sigmoid; use bce-with-logits",
    ],
    [
      "probabilities for the loss bce-with-logits",
      { ...minimal, model: { graph: trace(sequential(new Linear(4, 2), new Sigmoid()), [4]) }, training: logits },
      "invalid_job_spec",
      "training.loss: bce-with-logits needs logits, and the network ends in sigmoid; use bce",
    ],
    [
      "weights for other classes",
      { ...minimal, training: { loss: { name: "cross-entropy", weight: [1, 2, 3] } } },
      "invalid_job_spec",
      "training.loss: weight has 3 numbers, and the network tells 10 classes apart",
    ],
    [
      "weights for other positive classes",
      { ...minimal, training: { loss: { ...logits.loss, posWeight: [1, 2] } } },
      "invalid_job_spec",
      "training.loss: posWeight has 2 numbers, and the network tells 10 classes apart",
    ],
    [
      "two outputs",
      graphOf({ outputs: lenet5.nodes.slice(-2).map(({ name }) => name) }),
      "invalid_graph",
      "one output",
    ],
    [
      "nothing to train",
      { ...minimal, model: { graph: trace(freeze(sequential(new Flatten(), new Linear(4, 2))), [2, 2]) } },
      "invalid_graph",
      "has no parameter to train",
    ],
    [
      "an output that is no list of classes",
      { ...minimal, model: { graph: trace(sequential(new Conv2d(1, 2, 3)), [1, 4, 4]) } },
      "invalid_graph",
      "output is [batch, classes]",
    ],
  ])("is refused with %s", (_, spec, code, message) => {
    expect(() => resolveModel(checkJobSpec(spec))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});
