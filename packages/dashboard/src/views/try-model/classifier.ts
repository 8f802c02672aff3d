import type { TributaryClient } from "@tributary/client";
import { BrowserPredictor } from "@tributary/engine/browser";
import type { JobView } from "@tributary/federation";
import { decodeSafetensors, type Graph } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import { graphOf } from "../../data/graph-of.js";
import type { ImageSize } from "./image.js";

/** A version of a job's global model, ready to be asked. */
export interface Classifier extends Disposable {
  readonly size: ImageSize;
  /** Probabilities, 0 to 1, class by class. */
  ask(values: Float32Array): number[];
}

/** @throws TributaryError `shape_mismatch` for a network that does not tell images apart; what the coordinator and the engine refuse with */
export async function openClassifier(client: TributaryClient, job: JobView, round: number): Promise<Classifier> {
  const graph = graphOf(job);
  const size = imageSizeOf(graph);
  const predictor = await BrowserPredictor.open(graph, decodeSafetensors(await client.models.fetch(job.id, round)));
  const { channels, height, width } = size;
  return {
    size,
    ask: (values) => probabilities(graph, [...predictor.run({ shape: [1, channels, height, width], values })]),
    [Symbol.dispose]: () => predictor[Symbol.dispose](),
  };
}

function imageSizeOf(graph: Graph): ImageSize {
  const [, channels, height, width, ...more] = graph.inputs[0]?.shape ?? [];
  const output = graph.nodes.find(({ name }) => name === graph.outputs[0]);
  const isImage =
    (channels === 1 || channels === 3) && height !== undefined && width !== undefined && more.length === 0;
  if (!isImage || graph.inputs.length !== 1 || graph.outputs.length !== 1 || output?.shape.length !== 2)
    throw new TributaryError("shape_mismatch", `${graph.name} does not tell images apart`, {
      hint: "Choose a job whose network does; others are tried with the command line.",
    });
  return { channels, height, width };
}

/** Softmax of logits or log-probabilities, unless the network ends with it. */
function probabilities({ nodes, outputs: [last] }: Graph, outputs: readonly number[]): number[] {
  if (nodes.find(({ name }) => name === last)?.op === "softmax") return [...outputs];
  const highest = Math.max(...outputs);
  const powers = outputs.map((value) => Math.exp(value - highest));
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => value / total);
}
