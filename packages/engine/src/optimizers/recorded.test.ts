import { describe, expect, it } from "vitest";
import { openBackend } from "../backend/open.js";
import { CompiledProgram } from "../compile/compiled-program.js";
import { CompiledStep } from "../compile/compiled-step.js";
import { compiling, specOf } from "../compile/compiling.js";
import type { Dense } from "../graph/dense.js";
import { programOf } from "../graph/program.js";
import type { LossSettings } from "../losses/loss.js";
import { EagerStep } from "../steps/eager-step.js";
import { ruleOf, type StepSettings } from "../steps/rule.js";
import { report } from "../testing/backends.js";
import { farthest, goldenRules } from "../testing/golden.js";
import { chain, links, plainSgd, randomBatches, randomParameters } from "../testing/networks.js";
import { targetsOf } from "../training/batch.js";

const CLASSES = 3;
const graphs = {
  logits: chain([6], [links.linear(6, CLASSES)]),
  probabilities: chain([6], [links.linear(6, CLASSES), { op: "softmax", attributes: { dim: 1 }, shape: [CLASSES] }]),
};
const cases = <T>(all: readonly T[]) => [...new Map(all.map((one) => [JSON.stringify(one), one]))];
const optimizers = cases(goldenRules.optimizers.cases.map(({ settings }) => settings));
const losses = cases(
  goldenRules.losses.flatMap(({ settings }): LossSettings[] => {
    if (settings.reduction !== "mean") return [];
    // A weight for each of the classes here.
    const short = (weights: readonly number[]) => weights.slice(0, CLASSES);
    const weight = "weight" in settings && settings.weight ? { weight: short(settings.weight) } : {};
    return [{ ...settings, ...weight }];
  }),
);

/** Three steps by hand and three replayed, with a learning rate that changes. */
async function bothWays(settings: StepSettings) {
  const backend = await openBackend("native");
  const native = compiling(backend);
  if (native === undefined) throw new Error("the native backend does not compile");
  const graph = settings.loss.name === "bce" ? graphs.probabilities : graphs.logits;
  const program = programOf(graph);
  const parameters = randomParameters(graph, 3);
  const rule = ruleOf(backend.tf, settings);
  const seeding = { seed: 1, streamName: [] };
  const batches = randomBatches(graph, 4, 3, 5, CLASSES).map((batch) => ({
    input: { shape: batch.shape, values: batch.images } satisfies Dense,
    targets: targetsOf(settings.loss, { classes: CLASSES, sizes: [] }, batch),
  }));
  const compiled = new CompiledProgram(backend, native, program, { kind: "train", rule });
  const [first] = batches;
  if (first) compiled.prepare(specOf([first.input], first.targets));
  compiled.dispose();
  const steps = [
    new EagerStep(backend, program, rule, seeding, parameters),
    new CompiledStep(backend, native, program, rule, seeding, parameters),
  ];
  return steps.map((step) => {
    try {
      const found = batches.map(({ input, targets }, index) => step.run(input, targets, 0.1 / (index + 1)).loss);
      return [...found, ...step.parameters().flatMap(({ values }) => [...values])];
    } finally {
      step.dispose();
    }
  });
}

describe.skipIf(!report.native.works)("a step can be recorded, and its replay is the step itself, with", () => {
  const expectSame = async (settings: StepSettings) => {
    const [byHand = [], replayed = []] = await bothWays(settings);
    expect(byHand.every(Number.isFinite)).toBe(true);
    expect(farthest(replayed, byHand)).toBeLessThan(1);
  };

  it.each(optimizers)("%s", (_, optimizer) => expectSame({ loss: { name: "cross-entropy" }, optimizer }));

  it.each(losses)("%s", (_, loss) => expectSame({ loss, optimizer: plainSgd }));

  it("gradients clipped by norm and value", () =>
    expectSame({ loss: { name: "mse" }, optimizer: plainSgd, clipping: { norm: 0.2, value: 0.1 } }));
});
