import { openBackend, Predictor } from "@tributary/engine";
import type { Graph } from "@tributary/nn";
import { type ParameterSet, TributaryError } from "@tributary/protocol";
import type { ImageSize } from "./read-image.js";

/** A class with its probability, from 0 to 1. */
export interface ClassScore {
  readonly class: number;
  readonly probability: number;
}

/**
 * What a classifier wants of an image.
 * @throws TributaryError `shape_mismatch` for a network that does not take images, or does not tell classes apart
 */
export function imageSizeOf(graph: Graph): ImageSize {
  const [input, ...others] = graph.inputs;
  const [, channels, height, width, ...more] = input?.shape ?? [];
  const isImage =
    (channels === 1 || channels === 3) && height !== undefined && width !== undefined && more.length === 0;
  if (!isImage || others.length > 0)
    throw notAClassifier(`${graph.name} does not take an image of 1 or 3 channels, but [${input?.shape.slice(1)}]`);
  const output = [...graph.inputs, ...graph.nodes].find(({ name }) => name === graph.outputs[0]);
  if (graph.outputs.length !== 1 || output?.shape.length !== 2)
    throw notAClassifier(`${graph.name} does not give [batch, classes], but [${output?.shape}]`);
  return { channels, height, width };
}

const notAClassifier = (message: string) =>
  new TributaryError("shape_mismatch", message, { hint: "Give a network that tells classes of images apart." });

/** Images that run at once. */
const BATCH = 32;

/**
 * Runs a classifier on images, of which a batch is in memory at a time.
 * @param images `[channels, height, width]` each, normalised @returns for each image all classes, the likeliest first
 * @throws TributaryError as `imageSizeOf`; `backend_unavailable`, `invalid_graph`, what `images` throws
 */
export async function classify(
  graph: Graph,
  parameters: ParameterSet,
  images: AsyncIterable<Float32Array>,
): Promise<ClassScore[][]> {
  const { channels, height, width } = imageSizeOf(graph);
  using predictor = await Predictor.open(await openBackend(), graph, parameters);
  const scores: ClassScore[][] = [];
  const batch = new Float32Array(BATCH * channels * height * width);
  const size = batch.length / BATCH;
  let held = 0;
  const run = () => {
    const [output] = predictor.run({ shape: [held, channels, height, width], values: batch.subarray(0, held * size) });
    const classes = (output?.values.length ?? 0) / held;
    for (let at = 0; at < held; at++)
      scores.push(ranked(graph, Array.from(output?.values.slice(at * classes, (at + 1) * classes) ?? [])));
    held = 0;
  };
  for await (const image of images) {
    batch.set(image, held * size);
    held += 1;
    if (held === BATCH) run();
  }
  if (held > 0) run();
  return scores;
}

function ranked(graph: Graph, outputs: readonly number[]): ClassScore[] {
  return probabilities(graph, outputs)
    .map((probability, index) => ({ class: index, probability }))
    .sort((a, b) => b.probability - a.probability);
}

/** Softmax of the outputs, which are logits or log-probabilities, unless the network ends with it. */
function probabilities({ nodes, outputs: [last] }: Graph, outputs: readonly number[]): readonly number[] {
  if (nodes.find(({ name }) => name === last)?.op === "softmax") return outputs;
  const highest = Math.max(...outputs);
  const powers = outputs.map((value) => Math.exp(value - highest));
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => value / total);
}
