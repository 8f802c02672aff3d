import { expect, it } from "vitest";
import type { Backend } from "../backend/backend.js";
import { heapOf, isWasmBackend } from "../kernels/wasm/heap.js";
import { describeOnEachBackend } from "../testing/backends.js";
import { chain, links, randomBatches, randomParameters } from "../testing/networks.js";
import { train } from "./train.js";

const graph = chain(
  [2, 8, 8],
  [
    links.conv2d([8, 2, 3, 3], [8, 8, 8], { padding: [1, 1, 1, 1] }),
    links.relu([8, 8, 8]),
    { op: "max_pool2d", attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] }, shape: [8, 4, 4] },
    links.conv2d([4, 8, 3, 3], [4, 2, 2]),
    links.flatten([4, 2, 2]),
    { op: "dropout", attributes: { p: 0.3 }, shape: [16] },
    links.linear(16, 3),
  ],
);

/** Bytes of the memory that WebAssembly computes in, which can grow and never shrinks; 0 on other backends. */
function heapSize({ tf }: Backend): number {
  const engine = tf.backend();
  if (!isWasmBackend(engine)) return 0;
  return tf.tidy(() => heapOf(engine, tf.zeros([1])).buffer.byteLength);
}

describeOnEachBackend("a long training", (open) => {
  it("holds no more after 300 steps than after the first ones", async () => {
    const backend = await open();
    const before = backend.tf.memory().numTensors;
    const seen: { tensors: number; heap: number }[] = [];
    await train(
      backend,
      graph,
      randomParameters(graph, 1),
      randomBatches(graph, 1, 300, 4, 3),
      {
        loss: { name: "cross-entropy" },
        optimizer: { name: "adam", learningRate: 0.01 },
        seed: 1,
        streamName: ["memory"],
      },
      { onProgress: () => seen.push({ tensors: backend.tf.memory().numTensors, heap: heapSize(backend) }) },
    );
    expect(seen).toHaveLength(300);
    expect(seen.at(-1)).toEqual(seen[20]);
    expect(backend.tf.memory().numTensors).toBe(before);
  }, 60_000);
});
