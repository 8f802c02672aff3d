import { loader, mnist } from "@tributary/data";
import type { Batch } from "@tributary/engine";
import type { Graph } from "@tributary/nn";
import { elementCount, stream } from "@tributary/protocol";

/** Of one sample: `[channels, height, width]`. */
export const sampleShape = (graph: Graph): readonly number[] => graph.inputs[0]?.shape.slice(1) ?? [];

/** Batches that fit the network: digits of MNIST, or normal values where its images are of another size. */
export async function batchesFor(graph: Graph, batchSize: number, count: number): Promise<Batch[]> {
  const sample = sampleShape(graph);
  if (String(sample) === "1,28,28") {
    const shuffle = { seed: 1, streamName: ["bench"] };
    return [...loader(await mnist("train"), { batchSize, maxBatches: count, shuffle })];
  }
  const random = stream(1, "bench");
  return Array.from({ length: count }, () => ({
    images: Float32Array.from({ length: batchSize * elementCount(sample) }, () => random.normal()),
    shape: [batchSize, ...sample],
    labels: Int32Array.from({ length: batchSize }, () => random.below(10)),
  }));
}

/** The same, one after the other. */
export function joined(batches: readonly Batch[]): { images: Float32Array; labels: Int32Array } {
  const images = new Float32Array(batches.reduce((sum, batch) => sum + batch.images.length, 0));
  const labels = new Int32Array(batches.reduce((sum, batch) => sum + batch.labels.length, 0));
  let image = 0;
  let label = 0;
  for (const batch of batches) {
    images.set(batch.images, image);
    labels.set(batch.labels, label);
    image += batch.images.length;
    label += batch.labels.length;
  }
  return { images, labels };
}

/** As a peer reads them. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
