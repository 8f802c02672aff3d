import { describe, expect, it } from "vitest";
import { isEvaluated, mayBeEvaluated, workersKeep } from "./job-spec.js";
import { checkJobSpec, parseJobSpec } from "./parse-job-spec.js";
import { learningRateOf } from "./training-spec.js";

const minimal = { model: "lenet5", dataset: "mnist" };

describe("a JobSpec", () => {
  it("needs a model and a data set; everything else has a default", () => {
    const spec = parseJobSpec("model: lenet5\ndataset: mnist\n");
    expect(spec).toMatchObject({
      seed: 1,
      rounds: 10,
      training: { batchSize: 32 },
      strategy: { kind: "fedavg", weighting: "samples" },
    });
    expect(parseJobSpec(JSON.stringify(spec))).toEqual(spec);
  });

  it("gives round r, from 1, the learning rate learningRate * decay ^ r", () => {
    const spec = checkJobSpec({ ...minimal, training: { learningRate: 0.1, learningRateDecay: 0.98 } });
    expect(learningRateOf(spec, 1)).toBeCloseTo(0.098, 12);
    expect(learningRateOf(spec, 40)).toBeCloseTo(0.1 * 0.98 ** 40, 12);
  });

  it("is evaluated after rounds 1, 1 + every, … and the last", () => {
    const spec = checkJobSpec({ ...minimal, rounds: 40, evaluation: { every: 10 } });
    const rounds = Array.from({ length: 38 }, (_, index) => index + 1);
    expect(rounds.filter((round) => isEvaluated(spec, round, false))).toEqual([1, 11, 21, 31]);
    expect(isEvaluated(spec, 38, true)).toBe(true);
    expect(isEvaluated(checkJobSpec({ ...minimal, evaluation: { every: 0 } }), 10, true)).toBe(false);
  });

  it("may be evaluated after any round when time or bytes may make it the last", () => {
    const maybe = (stop: object, every: number) =>
      [1, 2, 3, 40].map((round) =>
        mayBeEvaluated(checkJobSpec({ ...minimal, rounds: 40, evaluation: { every }, stop }), round),
      );
    expect(maybe({}, 2)).toEqual([true, false, true, true]);
    expect(maybe({ budgetBytes: 1 }, 2)).toEqual([true, true, true, true]);
    expect(maybe({ wallClockSeconds: 1 }, 2)).toEqual([true, true, true, true]);
    expect(maybe({ budgetBytes: 1 }, 0)).toEqual([false, false, false, false]);
  });

  it.each([
    [{ update: "delta | topk(0.1)" }, true],
    [{ update: "delta | topk(0.1)", errorFeedback: true }, true],
    [{ update: "delta | topk(0.1)", errorFeedback: false }, false],
    [{ update: "delta | powersgd(2)", errorFeedback: false }, true],
    [{ update: "delta | int8" }, false],
    [{}, false],
  ])("with the codec %j has its workers keep something from round to round: %s", (codec, keeps) => {
    expect(workersKeep(checkJobSpec({ ...minimal, codec }))).toBe(keeps);
  });

  it.each<[unknown, string]>([
    [{ ...minimal, training: { batchsize: 32 } }, "training.batchsize: unknown field; did you mean batchSize?"],
    [{ ...minimal, raunds: 3 }, "raunds: unknown field; did you mean rounds?"],
    [{ ...minimal, strategy: { kind: "fedadm" } }, 'is wanted, got "fedadm"; did you mean fedadam?'],
    [{ ...minimal, training: { loss: "cross-entrpy" } }, 'got "cross-entrpy"; did you mean cross-entropy?'],
    [{ ...minimal, training: { optimizer: { name: "adma" } } }, 'got "adma"; did you mean adam?'],
    [{ ...minimal, cohort: { selection: { kind: "roundrobin" } } }, 'got "roundrobin"; did you mean roundRobin?'],
    [{ ...minimal, cohort: { backend: "gpu" } }, '"native" or "wasm" is wanted, got "gpu"'],
    [{ ...minimal, rounds: 0 }, "rounds: an integer from 1 to 1,000,000 is wanted, got 0"],
    [{ ...minimal, training: { loss: "hinge" } }, 'or "kl-div", or an object with name is wanted, got "hinge"'],
    [{ ...minimal, training: { loss: 3 } }, 'or "kl-div", or an object with name is wanted, got 3'],
    [
      { ...minimal, training: { loss: { name: "hinge" } } },
      'training.loss.name: "cross-entropy" or "nll" or "bce" or "bce-with-logits" or "mse" or "l1" or "smooth-l1" or "huber" or "kl-div" is wanted, got "hinge"',
    ],
    [
      { ...minimal, training: { loss: { name: "huber", delta: 0 } } },
      "training.loss.delta: a number above 0, at most 1,000,000 is wanted, got 0",
    ],
    [{ ...minimal, training: { loss: { name: "mse", delta: 1 } } }, 'training.loss.delta: "mse" has no such setting'],
    [
      { ...minimal, training: { loss: { name: "nll", wieght: [1] } } },
      "training.loss.wieght: unknown field; did you mean weight?",
    ],
    [
      { ...minimal, training: { loss: { name: "nll", weight: [1, -1] } } },
      "training.loss.weight.1: a list of 1 to 65,536: each a number from 0 to 1,000,000 is wanted, got -1",
    ],
    [
      { ...minimal, training: { optimizer: { name: "adam", betas: [0.9, 1] } } },
      "training.optimizer.betas.1: a list of 2: each a number from 0 to below 1 is wanted, got 1",
    ],
    [
      { ...minimal, training: { optimizer: { name: "adam", learningRate: 1 } } },
      "training.optimizer.learningRate: unknown field; did you mean training.learningRate?",
    ],
    [{ ...minimal, training: { optimizer: "lion" } }, 'or "adadelta", or an object with name is wanted, got "lion"'],
    [
      { ...minimal, training: { optimizer: "adam", momentum: 0.9, nesterov: true, weightDecay: 1 } },
      "training.momentum: is of `optimizer: sgd`; give it in training.optimizer; training.nesterov: is of",
    ],
    [{ ...minimal, training: { nesterov: true } }, "training.nesterov: needs training.momentum above 0"],
    [
      { ...minimal, training: { optimizer: { name: "sgd", nesterov: true } } },
      "training.optimizer.nesterov: needs a momentum above 0 and no dampening",
    ],
    [
      { ...minimal, training: { schedule: { name: "cosine" } } },
      "training.schedule.tMax: an integer from 1 to 1,000,000 is wanted, got nothing",
    ],
    [
      { ...minimal, training: { schedule: { name: "linear-warm-up", next: { name: "linear-warm-up" } } } },
      'training.schedule.next.name: "constant" or "step" or "exponential" or "cosine" is wanted, got "linear-warm-up"',
    ],
    [
      { ...minimal, training: { schedule: { name: "linear-warm-up", next: { name: "step", stepSize: 0 } } } },
      "training.schedule.next.stepSize: an integer from 1 to 1,000,000 is wanted, got 0",
    ],
    [{ ...minimal, training: { clipNorm: 0 } }, "training.clipNorm: a number above 0, at most 1,000,000 is wanted"],
    [{ dataset: "mnist" }, "model: text of 1 to 100 characters, or an object with graph is wanted, got nothing"],
    [{ ...minimal, cohort: { size: 2, quorum: 3 } }, "cohort.quorum: must be at most cohort.size (2)"],
    [
      { ...minimal, strategy: { kind: "krum" }, cohort: { size: 2_049 } },
      "cohort.size: must be at most 2048: strategy.kind krum takes no more updates",
    ],
    [
      { ...minimal, strategy: { kind: "bucketing", size: 2, of: { kind: "median" } }, cohort: { size: 8_193 } },
      "cohort.size: must be at most 8192: strategy.kind bucketing takes no more updates",
    ],
    [
      { ...minimal, strategy: { kind: "bulyan" }, cohort: { quorum: 2_049 } },
      "cohort.quorum: must be at most 2048: strategy.kind bulyan takes no more updates",
    ],
    [
      { ...minimal, stop: { accuracy: 0.9 }, evaluation: { every: 0 } },
      "stop.accuracy: needs evaluation.every above 0",
    ],
    ["just text", 'the JobSpec: an object with model and dataset is wanted, got "just text"'],
    [null, "the JobSpec: an object with model and dataset is wanted, got null"],
  ])("%j is refused: %s", (value, message) => {
    expect(() => checkJobSpec(value)).toThrow(
      expect.objectContaining({ code: "invalid_job_spec", message: expect.stringContaining(message) }),
    );
  });

  it("names every wrong field at once", () => {
    expect(() => checkJobSpec({ rounds: -1, seed: "x", training: { epochs: 0 } })).toThrow(
      /dataset.*|rounds.*seed.*epochs/,
    );
  });

  it("names ten problems at most, each in one short line", () => {
    const keys = Array.from({ length: 10_000 }, (_, index) => [`${index}\n${"k".repeat(1000)}`, 1]);
    expect(() => checkJobSpec({ ...Object.fromEntries(keys), dataset: "x".repeat(1e6) })).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^.{1000,3000}; and 9992 more$/) }),
    );
  });

  it("may look for the nearest name in the graph of the model, too", () => {
    expect(() => checkJobSpec({ model: { grahp: {} }, dataset: "mnist" })).toThrow(
      expect.objectContaining({
        message: "model.graph: an object is wanted, got nothing; model.grahp: unknown field; did you mean graph?",
      }),
    );
  });

  it("may be JSON of many megabytes, for an inline graph", () => {
    const nodes = Array.from({ length: 50_000 }, (_, index) => ({
      name: `relu${index}`,
      op: "relu",
      shape: [1, 2, 3],
    }));
    const text = JSON.stringify({ model: { graph: { nodes } }, dataset: "mnist" });
    expect(text.length).toBeGreaterThan(2_000_000);
    expect(parseJobSpec(text).model).toEqual({ graph: { nodes } });
  });
});
