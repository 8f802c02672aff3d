import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { numbersOf } from "../strategies/numbers.js";
import { strategies, wrappers } from "../strategies/strategies.js";
import { jobChangesSchema } from "./job-changes.js";
import type { JobSpecInput } from "./job-spec.js";
import { checkJobSpec, parseJobSpec } from "./parse-job-spec.js";
import type { Schedules } from "./schedule-spec.js";
import { scheduledNumbers } from "./scheduled-numbers.js";
import { numberIn, specAt } from "./spec-at.js";

const checked = (schedules: unknown, change: Partial<JobSpecInput> = {}) =>
  checkJobSpec({ ...{ model: "lenet5", dataset: "mnist", rounds: 100 }, ...change, schedules });

const half = { name: "exponential", gamma: 0.5 } as const;
const from5 = (value: number) => ({ name: "piecewise", steps: [{ from: 5, value }] }) as const;

describe("the schedules of a JobSpec", () => {
  it.each<[string, unknown, Partial<JobSpecInput>, string]>([
    [
      "a name that is none",
      { "training.epochz": half },
      {},
      "training.epochz: no number that can follow a schedule; did you mean training.epochs?",
    ],
    [
      "a name of an object's own",
      JSON.parse('{ "constructor": { "name": "constant" } }'),
      {},
      "constructor: no number",
    ],
    ["a strategy's number that another has", { "strategy.mu": half }, {}, "strategy.mu: no number"],
    [
      "what has its own",
      { "training.learningRate": half },
      {},
      "training.learningRate: the learning rate has a schedule of its own: training.schedule",
    ],
    ["what a person changes meanwhile", { "cohort.deadlineSeconds": half }, {}, "cohort.deadlineSeconds: no number"],
    [
      "a number that is not there",
      { "cohort.size": half },
      {},
      "cohort.size: needs cohort.size: the schedule begins with it",
    ],
    [
      "a value that is too large",
      { "training.batchSize": from5(70_000) },
      {},
      "training.batchSize: comes to 70000 in round 5: Too big: expected number to be <=65536",
    ],
    [
      "a value that comes to 0",
      { "strategy.serverLearningRate": { name: "cosine", tMax: 20 } },
      { strategy: { kind: "fedadam" } },
      "strategy.serverLearningRate: comes to 0 in round 21: Too small: expected number to be >0",
    ],
    [
      "what another optimizer has",
      { "training.momentum": from5(0.9) },
      { training: { optimizer: "adam" } },
      "training.momentum: comes to 0.9 in round 5: is of `optimizer: sgd`; give it in training.optimizer",
    ],
    [
      "what does not go with another number",
      { "cohort.size": from5(2) },
      { cohort: { size: 9, quorum: 3 } },
      "schedules: round 5: cohort.quorum: must be at most cohort.size (2)",
    ],
    [
      "what kept vectors begin with",
      { "strategy.tau": from5(0.1) },
      { strategy: { kind: "fedyogi" } },
      "strategy.tau: must be the same in all rounds",
    ],
    [
      "how many updates are needed",
      { "strategy.byzantine": from5(2) },
      { strategy: { kind: "krum" } },
      "strategy.byzantine: must be the same in all rounds",
    ],
    [
      "the places of a buffer",
      { "strategy.bufferSize": from5(5) },
      { strategy: { kind: "fedbuff" } },
      "strategy.bufferSize: must be the same in all rounds",
    ],
    [
      "rounds that do not rise",
      {
        "training.epochs": {
          name: "piecewise",
          steps: [
            { from: 5, value: 1 },
            { from: 5, value: 2 },
          ],
        },
      },
      {},
      "training.epochs.steps: the rounds in `from` must rise",
    ],
    [
      "no rounds",
      { "training.epochs": { name: "piecewise", steps: [] } },
      {},
      "training.epochs.steps: a list of 1 to 20",
    ],
    [
      "a value that no number can have",
      { "training.epochs": from5(1e300) },
      {},
      "training.epochs.steps.0.value: Too big",
    ],
    ["a schedule that there is not", { "training.epochs": { name: "cosin" } }, {}, 'got "cosin"; did you mean cosine?'],
    [
      "a setting of another schedule",
      { "training.epochs": { ...half, tMax: 5 } },
      {},
      '"exponential" has no such setting',
    ],
    [
      "an unknown setting",
      { "training.epochs": { ...half, gama: 5 } },
      {},
      "training.epochs.gama: unknown field; did you mean gamma?",
    ],
    ["no schedule", { "training.epochs": 5 }, {}, "training.epochs: an object with name is wanted, got 5"],
    ["a list", [], {}, "schedules: an object is wanted, got a list"],
    [
      "too many of them",
      Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`training.${i}`, half])),
      {},
      "at most 10 numbers",
    ],
  ])("are refused when they are for %s", (_, schedules, change, says) => {
    expect(() => checked(schedules, change)).toThrowError(
      expect.objectContaining({ code: "invalid_job_spec", message: expect.stringContaining(says) }),
    );
  });

  it("may be for every number of every strategy that it has, as long as nothing that lasts follows from it", () => {
    const given = { population: 100, lipschitz: 10, localSteps: 5 };
    for (const { kind, example } of [...strategies, ...wrappers]) {
      const named = [...(numbersOf(kind) ?? [])].map(([name]) => name);
      const ofKind = Object.entries(given).filter(([name]) => named.includes(name));
      const strategy = { kind, ...Object.fromEntries(ofKind), ...example };
      const spec = checkJobSpec({ model: "lenet5", dataset: "mnist", strategy });
      const names = [...scheduledNumbers(spec).keys()].filter(
        (name) => name.startsWith("strategy.") && numberIn(spec, name) !== undefined,
      );
      for (const name of names) {
        const schedules: Schedules = { [name]: { name: "constant" } };
        expect(checkJobSpec({ ...spec, schedules }).schedules).toEqual(schedules);
      }
      if (named.length > 0) expect(names, kind).not.toHaveLength(0);
    }
  });

  it("are for nothing that may change while the job runs", () => {
    const { cohort, evaluation, stop } = jobChangesSchema.shape;
    const changes = Object.entries({ cohort, evaluation, stop }).flatMap(([section, schema]) =>
      Object.keys(schema.unwrap().shape).map((name) => `${section}.${name}`),
    );
    const all = scheduledNumbers(checkJobSpec({ model: "lenet5", dataset: "mnist" }));
    expect(changes.filter((name) => all.has(name))).toEqual([]);
  });
});

describe("docs/guides/schedules.md", () => {
  const guide = readFile(fileURLToPath(new URL("../../../../docs/guides/schedules.md", import.meta.url)), "utf8");

  it("has an example that is sound, and comes to what the guide says", async () => {
    const [, yaml = ""] = /```yaml\n(.*?)```/s.exec(await guide) ?? [];
    const spec = parseJobSpec(yaml);
    const at = (round: number) => specAt(spec, round);
    expect([1, 19, 20, 49, 50, 100].map((round) => at(round).cohort.size)).toEqual([5, 5, 10, 10, 20, 20]);
    expect([1, 40, 41, 80, 81, 100].map((round) => at(round).training.epochs)).toEqual([4, 4, 2, 2, 1, 1]);
  });

  it("says what is really said", async () => {
    const schedules = { "strategy.serverLearningRate": { name: "cosine", tMax: 100 } };
    const [, said = ""] = /```\n(schedules.*?)\n```/s.exec(await guide) ?? [];
    expect(() => checked(schedules, { rounds: 101, strategy: { kind: "fedadam" } })).toThrowError(said);
  });
});
