import { readFileSync } from "node:fs";
import { parseGraph } from "@tributary/nn";
import type { Parameter } from "@tributary/protocol";
import { expect, it } from "vitest";
import { forward } from "../inference/predictor.js";
import type { OptimizerSettings } from "../optimizers/optimizer.js";
import { describeOnEachBackend } from "../testing/backends.js";
import type { Batch } from "./batch.js";
import { train } from "./train.js";

interface GoldenCase {
  readonly name: string;
  readonly graph: unknown;
  readonly loss: "cross-entropy" | "nll";
  readonly optimizer: Omit<OptimizerSettings & { name: "sgd" }, "name">;
  readonly parameters: Record<string, number[]>;
  readonly batches: { images: number[]; shape: number[]; labels: number[] }[];
  readonly losses: number[];
  readonly outputs: number[];
  readonly gradients: Record<string, number[]>;
  readonly after: Record<string, number[]>;
}

const file = new URL("../../test/golden/engine_step.json", import.meta.url);
const golden: { torch: string; cases: GoldenCase[] } = JSON.parse(readFileSync(file, "utf8"));
const cases = golden.cases.map((golden) => ({ ...golden, graph: parseGraph(golden.graph) }));
type Case = (typeof cases)[number];

const parametersOf = ({ graph, parameters }: Case): Parameter[] =>
  graph.parameters.map(({ name, shape }) => ({ name, shape, values: Float32Array.from(parameters[name] ?? []) }));

const batchesOf = ({ batches }: Case): Batch[] =>
  batches.map(({ images, shape, labels }) => ({
    images: Float32Array.from(images),
    shape,
    labels: Int32Array.from(labels),
  }));

/** The largest distance, as a share of what is allowed: 1e-5 + 1e-4 of the expected value. */
function farthest(actual: Iterable<number>, expected: readonly number[] = []): number {
  const values = [...actual];
  expect(values).toHaveLength(expected.length);
  return values.reduce((worst, value, i) => {
    const wanted = expected[i] ?? Number.NaN;
    return Math.max(worst, Math.abs(value - wanted) / (1e-5 + 1e-4 * Math.abs(wanted)));
  }, 0);
}

describeOnEachBackend(`the engine computes what PyTorch ${golden.torch} does`, (open) => {
  it.each(cases)("outputs: $name", async (wanted) => {
    const [batch] = batchesOf(wanted);
    const outputs = await forward(
      await open(),
      wanted.graph,
      parametersOf(wanted),
      batch?.images ?? new Float32Array(),
      batch?.shape ?? [],
    );
    expect(farthest(outputs, wanted.outputs)).toBeLessThan(1);
  });

  it.each(cases)("gradients: $name", async (wanted) => {
    const before = parametersOf(wanted);
    const result = await train(await open(), wanted.graph, before, batchesOf(wanted).slice(0, 1), {
      loss: { name: wanted.loss },
      optimizer: { name: "sgd", learningRate: 1 },
      seed: 1,
      streamName: [],
    });
    result.parameters.forEach(({ name, values }, index) => {
      const gradient = values.map((value, i) => (before[index]?.values[i] ?? Number.NaN) - value);
      expect(farthest(gradient, wanted.gradients[name]), name).toBeLessThan(1);
    });
  });

  it.each(cases)("losses and parameters after three steps: $name", async (wanted) => {
    const losses: number[] = [];
    const result = await train(
      await open(),
      wanted.graph,
      parametersOf(wanted),
      batchesOf(wanted),
      { loss: { name: wanted.loss }, optimizer: { name: "sgd", ...wanted.optimizer }, seed: 1, streamName: [] },
      { onProgress: ({ loss }) => losses.push(loss) },
    );
    expect(farthest(losses, wanted.losses)).toBeLessThan(1);
    for (const { name, values } of result.parameters)
      expect(farthest(values, wanted.after[name]), name).toBeLessThan(1);
  });
});
