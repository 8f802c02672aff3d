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
    [{ ...minimal, rounds: 0 }, "rounds: an integer from 1 to 1,000,000 is wanted, got 0"],
    [{ ...minimal, training: { loss: "mse" } }, 'training.loss: "cross-entropy" or "nll" is wanted, got "mse"'],
    [{ dataset: "mnist" }, "model: text of 1 to 100 characters, or an object with graph is wanted, got nothing"],
    [{ ...minimal, cohort: { size: 2, quorum: 3 } }, "cohort.quorum: must be at most cohort.size (2)"],
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

describe("the text of a JobSpec", () => {
  const refusal = (message: string | RegExp) =>
    expect.objectContaining({ code: "invalid_job_spec", message: expect.stringMatching(message) });

  it.each<[string, string]>([
    ["{", "job.yaml: neither YAML nor JSON: Flow map"],
    ["a: [", "job.yaml: neither YAML nor JSON: Flow sequence"],
    ["model: a\nmodel: b", 'job.yaml: "model" is there twice'],
    ["model: a\n---\nmodel: b", "job.yaml: more than one YAML document"],
    ["a: *b", "job.yaml: neither YAML nor JSON: Unresolved alias"],
    ["rounds: &a [*a]", "job.yaml: an alias inside of what it stands for"],
    ["", "the JobSpec: an object with model and dataset is wanted, got null"],
  ])("%j is refused: %s", (text, message) => {
    expect(() => parseJobSpec(text, { file: "job.yaml" })).toThrow(refusal(`^${message}`));
  });

  it("does not run what a tag of another language asks for", () => {
    const spec = parseJobSpec('model: lenet5\ndataset: mnist\nname: !!js/function "() => 1"');
    expect(spec.name).toBe("() => 1");
  });

  const bomb = Array.from(
    { length: 10 },
    (_, level) => `a${level}: &a${level} [${Array(10).fill(level === 0 ? "x" : `*a${level - 1}`)}]`,
  );
  it.each<[string, string, string | RegExp]>([
    ["an alias bomb", bomb.join("\n"), "Excessive alias count"],
    ["many aliases", `- &a 1\n${"- *a\n".repeat(10_000)}`, "over 100 aliases"],
    ["lists in lists", "[".repeat(100_000), "too deep"],
    ["maps in maps", "{a: ".repeat(30_000), "too deep"],
    ["keys in keys", "? ".repeat(60_000), "too deep"],
    ["items in items", "- ".repeat(60_000), "too deep"],
    ["maps by indentation", Array.from({ length: 400 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"), "too deep"],
    ["many keys", Array.from({ length: 10_000 }, (_, index) => `k${index}: 1`).join("\n"), "and 9992 more"],
    ["much YAML", `a: ${"x".repeat(200_000)}`, "over 131072 characters of YAML; write it as JSON"],
    ["much JSON", `{"a": "${"x".repeat(17_000_000)}"}`, "over 16777216 characters"],
    ["JSON in JSON", `{"model": "lenet5", "dataset": ${"[".repeat(1e6)}${"]".repeat(1e6)}}`, "got a list"],
    ["broken JSON", `{"a": "${"x".repeat(200_000)}"`, "the JobSpec: not JSON"],
  ])("is refused in a moment when it holds %s", (_, text, message) => {
    const start = performance.now();
    expect(() => parseJobSpec(text)).toThrow(refusal(message));
    expect(performance.now() - start).toBeLessThan(5_000);
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
