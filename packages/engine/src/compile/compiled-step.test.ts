import { CharLstm, type Graph, initialise, namedModel, ResnetSmall, trace, UnetSmall } from "@tributary/nn";
import { type Parameter, stream } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import type { Backend } from "../backend/backend.js";
import { openBackend } from "../backend/open.js";
import { programOf } from "../graph/program.js";
import { EagerForward } from "../steps/eager-forward.js";
import { EagerStep } from "../steps/eager-step.js";
import { openForward } from "../steps/open-forward.js";
import { openStep } from "../steps/open-step.js";
import { ruleOf, type StepSettings } from "../steps/rule.js";
import { report } from "../testing/backends.js";
import { randomBatch } from "../testing/networks.js";
import { classifierOf, inputOf, targetsOf } from "../training/batch.js";
import { CompiledForward } from "./compiled-forward.js";
import { CompiledStep } from "./compiled-step.js";

/** Five networks: plain, wide, residual with batch norms, U-shaped, recurrent. The last three in small. */
const networks: Readonly<Record<string, Graph>> = {
  lenet5: namedModel("lenet5"),
  "mcmahan-cnn": namedModel("mcmahan-cnn"),
  resnet: trace(new ResnetSmall({ blocks: 1, width: 4 }), [3, 16, 16], { name: "resnet" }),
  unet: trace(new UnetSmall({ width: 4 }), [1, 16, 16], { name: "unet" }),
  lstm: trace(new CharLstm({ vocabulary: 20, features: 4, hidden: 16 }), [12], { name: "lstm" }),
};
const seeding = { seed: 1, streamName: ["compiled"] };
const momentum: StepSettings = {
  loss: { name: "cross-entropy" },
  optimizer: { name: "sgd", learningRate: 0.02, momentum: 0.9 },
};

/** The largest distance between two parameter sets, as a share of what is allowed: 1e-5 of the value, and 1e-5. */
function farthest(a: readonly Parameter[], b: readonly Parameter[]): number {
  let worst = 0;
  for (const [index, { values }] of a.entries())
    values.forEach((value, at) => {
      const other = b[index]?.values[at] ?? Number.NaN;
      const share = Math.abs(value - other) / (1e-5 + 1e-5 * Math.abs(other));
      worst = Math.max(worst, Number.isNaN(share) ? Number.POSITIVE_INFINITY : share);
    });
  return worst;
}

function bothSteps(backend: Backend, graph: Graph, settings: StepSettings) {
  const program = programOf(graph);
  const rule = ruleOf(backend.tf, settings);
  const parameters = initialise(graph, 1);
  const compiled = openStep(backend, program, rule, seeding, parameters);
  const eager = new EagerStep(backend, program, rule, seeding, parameters);
  const run = (batchSize: number, index: number) => {
    const batch = randomBatch(graph, index, batchSize);
    const targets = targetsOf(settings.loss, classifierOf(program), batch);
    return [compiled, eager].map((step) => step.run(inputOf(batch), targets, settings.optimizer.learningRate));
  };
  const dispose = () => {
    compiled.dispose();
    eager.dispose();
  };
  return { compiled, eager, run, dispose };
}

describe.skipIf(!report.native.works)("a recorded step", () => {
  it.each(Object.entries(networks))("of %s agrees with the same run op by op", async (name, graph) => {
    const backend = await openBackend("native");
    const { compiled, eager, run, dispose } = bothSteps(backend, graph, momentum);
    expect(compiled).toBeInstanceOf(CompiledStep);
    // `golden/recorded.test.ts` holds them to 50 steps.
    for (let step = 0; step < 3; step++) {
      const [ours, wanted] = run(4, 0);
      expect(ours?.loss, `${name}, step ${step}`).toBeCloseTo(wanted?.loss ?? Number.NaN, 4);
    }
    expect(farthest(compiled.parameters(), eager.parameters())).toBeLessThan(1);
    dispose();
  });

  it("takes batches of any size in any order, and keeps what the optimizer remembers", async () => {
    const backend = await openBackend("native");
    const lenet = networks.lenet5 ?? namedModel("lenet5");
    const { compiled, eager, run, dispose } = bothSteps(backend, lenet, {
      loss: { name: "cross-entropy" },
      optimizer: { name: "adam", learningRate: 1e-3 },
    });
    for (const [index, size] of [4, 3, 4, 1, 3].entries()) run(size, index);
    expect(farthest(compiled.parameters(), eager.parameters())).toBeLessThan(1);
    dispose();
  });

  it("begins anew when it is used again, whatever came before", async () => {
    const backend = await openBackend("native");
    const lenet = networks.lenet5 ?? namedModel("lenet5");
    const digests = [1, 2].map(() => {
      const { compiled, run, dispose } = bothSteps(backend, lenet, momentum);
      run(4, 0);
      run(4, 1);
      const after = compiled.parameters();
      dispose();
      return after;
    });
    expect(digests[0]).toEqual(digests[1]);
  });
});

describe.skipIf(!report.native.works)("a recorded forward pass", () => {
  const both = Object.entries(networks).flatMap(([name, graph]) =>
    [false, true].map((isLasting) => ({ name, graph, isLasting })),
  );
  it.each(both)("of $name agrees with the same run op by op, lasting: $isLasting", async ({ graph, isLasting }) => {
    const backend = await openBackend("native");
    const program = programOf(graph);
    const parameters = initialise(graph, 1).map((parameter) => {
      // Running statistics that are not those of the beginning.
      const random = stream(1, parameter.name);
      return parameter.name.endsWith("running_var")
        ? { ...parameter, values: parameter.values.map(() => 0.5 + random.uniform()) }
        : parameter;
    });
    const compiled = openForward(backend, program, parameters, { isLasting });
    expect(compiled).toBeInstanceOf(CompiledForward);
    const eager = new EagerForward(backend, program, undefined, parameters);
    for (const size of [3, 1, 3]) {
      const input = inputOf(randomBatch(graph, size, size));
      const [ours] = compiled.run([input]).outputs;
      const [wanted] = eager.run([input]).outputs;
      expect(ours?.shape).toEqual(wanted?.shape);
      ours?.values.forEach((value, at) => {
        expect(Math.abs(value - (wanted?.values[at] ?? Number.NaN))).toBeLessThan(1e-5 + 1e-5 * Math.abs(value));
      });
    }
    compiled.dispose();
    eager.dispose();
  });
});
