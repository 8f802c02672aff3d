import { TributaryError } from "@tributary/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isEvaluated, learningRateOf } from "./job-spec.js";
import { checkJobSpec, parseJobSpec } from "./parse-job-spec.js";
import { resolveModel } from "./resolve-model.js";

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
    expect(Array.from({ length: 40 }, (_, index) => index + 1).filter((round) => isEvaluated(spec, round))).toEqual([
      1, 11, 21, 31, 40,
    ]);
    expect(isEvaluated(checkJobSpec({ ...minimal, evaluation: { every: 0 } }), 10)).toBe(false);
  });

  it.each<[unknown, string]>([
    [{ ...minimal, training: { batchsize: 32 } }, "training.batchsize: unknown field; did you mean batchSize?"],
    [{ ...minimal, raunds: 3 }, "raunds: unknown field; did you mean rounds?"],
    [{ ...minimal, rounds: 0 }, "rounds: Too small: expected number to be >=1 (got 0)"],
    [
      { ...minimal, training: { loss: "mse" } },
      'training.loss: Invalid option: expected one of "cross-entropy"|"nll" (got "mse")',
    ],
    [{ dataset: "mnist" }, "model: expected a model's name"],
    [{ ...minimal, cohort: { size: 2, minimum: 3 } }, "cohort.minimum: must be at most cohort.size (2)"],
    [
      { ...minimal, stop: { accuracy: 0.9 }, evaluation: { every: 0 } },
      "stop.accuracy: needs evaluation.every above 0",
    ],
    ["just text", "the JobSpec: Invalid input"],
    [null, "the JobSpec: Invalid input"],
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

  it.each(["{", "a: [", "model: !!js/function x", "a: &a [*a, *a]"])("%j is refused as text", (text) => {
    expect(() => parseJobSpec(text, { file: "job.yaml" })).toThrow(
      expect.objectContaining({ code: "invalid_job_spec" }),
    );
  });

  it("refuses an alias bomb", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 10; level++)
      lines.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(", ")}]`,
      );
    expect(() => parseJobSpec(lines.join("\n"))).toThrow(expect.objectContaining({ code: "invalid_job_spec" }));
  });

  it("never causes anything but a typed error, whatever comes", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.record({ model: fc.jsonValue(), training: fc.jsonValue(), cohort: fc.jsonValue() }),
        ),
        (value) => {
          try {
            checkJobSpec(value);
          } catch (error) {
            expect(error).toBeInstanceOf(TributaryError);
          }
        },
      ),
    );
  });
});

describe("the model of a job", () => {
  it("is a named one, or the graph that the JobSpec brings", () => {
    const graph = resolveModel(checkJobSpec(minimal));
    expect(graph.name).toBe("lenet5");
    expect(resolveModel(checkJobSpec({ ...minimal, model: { graph: JSON.parse(JSON.stringify(graph)) } }))).toEqual(
      graph,
    );
  });

  it.each<[unknown, string]>([
    [{ ...minimal, model: "lenet6" }, "unknown_model"],
    [{ ...minimal, model: { graph: { name: "x" } } }, "invalid_graph"],
    [{ ...minimal, training: { loss: "nll" } }, "invalid_job_spec"],
  ])("%j is refused as %s", (value, code) => {
    expect(() => resolveModel(checkJobSpec(value))).toThrow(expect.objectContaining({ code }));
  });
});
