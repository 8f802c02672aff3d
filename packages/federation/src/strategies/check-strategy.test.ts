import { BatchNorm2d, Conv2d, Flatten, Linear, namedModel, sequential, trace } from "@tributary/nn";
import { describe, expect, it } from "vitest";
import { checkJobSpec } from "../job/parse-job-spec.js";
import { resolveModel } from "../job/resolve-model.js";
import { checkStrategy } from "./check-strategy.js";

const drawn = { cohort: { size: 3 } };
const wrapped = (of: object) => ({ kind: "norm-bounding", of: { kind: "bucketing", of } });

function check(strategy: object, settings: object = {}, model: unknown = "lenet5"): void {
  const spec = checkJobSpec({ model, dataset: "mnist", strategy, ...settings });
  checkStrategy(spec, resolveModel(spec));
}

const refusal = (message: string) =>
  expect.objectContaining({ code: "invalid_job_spec", message: expect.stringContaining(message) });

describe("a new job is refused with its strategy", () => {
  const optimizers: readonly object[] = [
    { optimizer: "adam" },
    { momentum: 0.9, nesterov: true },
    { optimizer: { name: "sgd", momentum: 0.9, dampening: 0.5 } },
  ];

  it.each(optimizers)("when it reckons with the steps of SGD, and they are others: %j", (training) => {
    for (const kind of ["scaffold", "fednova"]) {
      expect(() => check({ kind }, { training })).toThrow(refusal("training.optimizer: "));
      expect(() => check(wrapped({ kind }), { training })).toThrow(refusal("training.optimizer: "));
      expect(() => check({ kind }, { training: { momentum: 0.9 } })).not.toThrow();
    }
    expect(() => check({ kind: "fedavg" }, { training })).not.toThrow();
  });

  it("when a schedule comes to what it can't do with, in the round that it does", () => {
    const schedules = { "training.momentum": { name: "piecewise", steps: [{ from: 5, value: 1 }] } };
    expect(() => check({ kind: "scaffold" }, { schedules, rounds: 9 })).toThrow(
      refusal("round 5: training.optimizer: control variates need sgd"),
    );
    expect(() => check({ kind: "scaffold" }, { schedules, rounds: 4 })).not.toThrow();
  });

  it.each(["scaffold", "feddyn"])("when it draws a cohort for %s, and does not say of how many", (kind) => {
    const reason = refusal("strategy.population: is needed with cohort.size (3)");
    expect(() => check({ kind }, drawn)).toThrow(reason);
    expect(() => check(wrapped({ kind }), drawn)).toThrow(reason);
    expect(() => check(wrapped({ kind, population: 10 }), drawn)).not.toThrow();
    expect(() => check({ kind, population: 10 }, drawn)).not.toThrow();
    expect(() => check({ kind })).not.toThrow();
  });

  it("when bucketing would have buckets of one update", () => {
    const reason = refusal("strategy.of: fedasync makes a version of each update");
    expect(() => check({ kind: "bucketing", of: { kind: "fedasync" } })).toThrow(reason);
    expect(() => check(wrapped({ kind: "fedasync" }))).toThrow(reason);
    expect(() => check({ kind: "norm-bounding", of: { kind: "fedasync" } })).not.toThrow();
    expect(() => check({ kind: "bucketing", of: { kind: "fedbuff", bufferSize: 3 } })).not.toThrow();
  });

  it("when FedBN would share layers of normalisation that have other names, and says which", () => {
    const missing = '"layer2.0.shortcut.1.*", "layer3.0.shortcut.1.*"';
    expect(() => check({ kind: "fedbn" }, {}, "resnet-small")).toThrow(refusal(`add ${missing}`));
    const localParameters = ["*bn*", "layer2.0.shortcut.1.*", "layer3.0.shortcut.1.*"];
    expect(() => check({ kind: "fedbn", localParameters }, {}, "resnet-small")).not.toThrow();
    const layers = [new Conv2d(1, 2, 3), new BatchNorm2d(2), new Flatten(), new Linear(8, 2)];
    const graph = trace(sequential(...layers), [1, 4, 4]);
    const strategy = { kind: "fedbn", localParameters: ["3.*"] };
    expect(() => check(strategy, {}, { graph })).toThrow(refusal('add "1.*"'));
    expect(namedModel("resnet-small").parameters.map(({ name }) => name)).toContain("layer2.0.shortcut.1.weight");
  });
});
