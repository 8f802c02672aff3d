import type { Graph } from "@tributary/nn";
import type { Parameter } from "@tributary/protocol";
import { expect, it } from "vitest";
import { describeOnEachBackend } from "../testing/backends.js";
import { chain, type Link, links, randomBatches, randomParameters } from "../testing/networks.js";
import { train } from "./train.js";

const window = (op: string, kernel: number[], stride: number[], padding: number[], shape: number[]): Link => ({
  op,
  attributes: { kernel, stride, padding },
  shape,
});

/** Each op behind a convolution, so that the gradient has to pass through it. */
const networks: Record<string, Graph> = {
  conv2d: chain(
    [2, 5, 6],
    [
      links.conv2d([3, 2, 3, 3], [3, 5, 6], { padding: [1, 1, 1, 1] }),
      links.conv2d([2, 3, 2, 3], [2, 3, 3], { stride: [2, 2], padding: [1, 0, 0, 1], dilation: [1, 1] }),
      links.flatten([2, 3, 3]),
      links.linear(18, 3),
    ],
  ),
  "conv2d, dilated": chain(
    [1, 6, 6],
    [
      links.conv2d([2, 1, 2, 2], [2, 4, 3], { dilation: [2, 3] }),
      links.conv2d([2, 2, 2, 2], [2, 2, 1], { dilation: [2, 2] }),
      links.flatten([2, 2, 1]),
      links.linear(4, 3),
    ],
  ),
  max_pool2d: chain(
    [1, 6, 6],
    [
      links.conv2d([2, 1, 2, 2], [2, 5, 5]),
      window("max_pool2d", [3, 2], [2, 1], [1, 1, 0, 1], [2, 3, 5]),
      links.flatten([2, 3, 5]),
      links.linear(30, 3),
    ],
  ),
  avg_pool2d: chain(
    [1, 6, 6],
    [
      links.conv2d([2, 1, 2, 2], [2, 5, 5]),
      window("avg_pool2d", [2, 3], [2, 2], [0, 1, 1, 1], [2, 3, 3]),
      links.flatten([2, 3, 3]),
      links.linear(18, 3),
    ],
  ),
  relu: chain(
    [1, 4, 4],
    [
      links.conv2d([2, 1, 2, 2], [2, 3, 3]),
      links.relu([2, 3, 3]),
      links.flatten([2, 3, 3]),
      links.linear(18, 4),
      links.relu([4]),
      links.linear(4, 3),
    ],
  ),
  "softmax along the channels": chain(
    [1, 4, 4],
    [
      links.conv2d([3, 1, 2, 2], [3, 3, 3]),
      { op: "softmax", attributes: { dim: 1 }, shape: [3, 3, 3] },
      links.flatten([3, 3, 3]),
      links.linear(27, 3),
    ],
  ),
  "log_softmax along the rows": chain(
    [1, 4, 4],
    [
      links.conv2d([2, 1, 2, 2], [2, 3, 3]),
      { op: "log_softmax", attributes: { dim: 2 }, shape: [2, 3, 3] },
      links.flatten([2, 3, 3]),
      links.linear(18, 3),
    ],
  ),
  dropout: chain(
    [1, 4, 4],
    [
      links.conv2d([2, 1, 2, 2], [2, 3, 3]),
      { op: "dropout", attributes: { p: 0.4 }, shape: [2, 3, 3] },
      links.flatten([2, 3, 3]),
      links.linear(18, 3),
    ],
  ),
};

/** The same parameters with one value moved. */
const moved = (parameters: Parameter[], of: string, index: number, by: number): Parameter[] =>
  parameters.map((parameter) => {
    if (parameter.name !== of) return parameter;
    const values = parameter.values.slice();
    values[index] = Number(values[index]) + by;
    return { ...parameter, values };
  });

describeOnEachBackend("gradients are what finite differences say", (open) => {
  it.each(Object.entries(networks))("%s", async (_, graph) => {
    const backend = await open();
    const parameters = randomParameters(graph, 3);
    const batches = randomBatches(graph, 5, 1, 3, 3);
    const optimizer = { name: "sgd", learningRate: 1 } as const;
    const run = (from: Parameter[]) =>
      train(backend, graph, from, batches, {
        loss: { name: "cross-entropy" },
        optimizer,
        seed: 1,
        streamName: ["gradients"],
      });
    const after = await run(parameters);
    const epsilon = 2 ** -9;
    for (const [at, { name, values }] of parameters.entries())
      for (let index = 0; index < values.length; index += Math.ceil(values.length / 8)) {
        const gradient = Number(values[index]) - Number(after.parameters[at]?.values[index]);
        const up = (await run(moved(parameters, name, index, epsilon))).loss;
        const down = (await run(moved(parameters, name, index, -epsilon))).loss;
        expect(gradient, `${name}[${index}]`).toBeCloseTo((up - down) / (2 * epsilon), 3);
      }
  });
});
