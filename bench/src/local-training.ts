import { loader, mnist } from "@tributary/data";
import { type Backend, type Batch, openBackend, type TrainingSettings, train } from "@tributary/engine";
import { type Graph, initialise, namedModel } from "@tributary/nn";
import { Command, Option } from "commander";
import { type PytorchPeer, startPytorch } from "./pytorch-peer.js";
import { median, report, rounded, say } from "./report.js";

interface Options {
  readonly backend: "native" | "wasm";
  readonly model: string;
  readonly batch: number;
  readonly threads: number;
  readonly steps: number;
  readonly passes: number;
  readonly peerPython?: string;
  readonly keep?: string;
}

/** Images a second of training one model on one shard, beside the same network in PyTorch in the same run. */
export const localTraining = (): Command =>
  new Command("local-training")
    .description("images a second of local training, beside PyTorch")
    .addOption(new Option("--backend <name>").choices(["native", "wasm"]).default("native"))
    .option("--model <name>", "a named model", "mcmahan-cnn")
    .option("--batch <n>", "images a batch", Number, 32)
    .option("--threads <n>", "threads of the backend and of PyTorch", Number, 1)
    .option("--steps <n>", "batches a pass", Number, 40)
    .option("--passes <n>", "measured passes; the median counts", Number, 5)
    .option("--peer-python <path>", "a Python that can import torch")
    .option("--json", "accepted for every benchmark; the result is always JSON")
    .option("--keep <name>", "keep the result in bench/results under this name")
    .action(run);

async function run(options: Options): Promise<void> {
  const { model, batch, threads, steps, passes } = options;
  const graph = namedModel(model);
  const backend = await openBackend(options.backend, { threads });
  const batches = await trainingBatches(batch, steps);
  await using peer = options.peerPython
    ? await startPytorch(options.peerPython, { model, batch, threads, steps, ...flatten(batches) })
    : undefined;
  const figures = await measureInTurn(backend, graph, batches, passes, peer);
  const imagesPerSecond = median(figures.ours);
  const pytorch = peer && { version: peer.version, imagesPerSecond: rounded(median(figures.pytorch)) };
  report(
    {
      bench: "local-training",
      backend: backend.name,
      model,
      batch,
      threads,
      imagesPerSecond: rounded(imagesPerSecond),
      ...(pytorch && { peers: { pytorch }, ratio: { pytorch: rounded(imagesPerSecond / median(figures.pytorch), 3) } }),
      passes: figures,
    },
    options.keep,
  );
}

async function trainingBatches(batchSize: number, steps: number): Promise<Batch[]> {
  const shuffle = { seed: 1, streamName: ["bench"] };
  return [...loader(await mnist("train"), { batchSize, maxBatches: steps, shuffle })];
}

function flatten(batches: readonly Batch[]): { images: Float32Array; labels: Int32Array } {
  const images = Float32Array.from(batches.flatMap((batch) => [...batch.images]));
  const labels = Int32Array.from(batches.flatMap((batch) => [...batch.labels]));
  return { images, labels };
}

/** Ours and the peer's passes take turns, so that a drift of the machine meets both. The first pass of each is a warm-up. */
async function measureInTurn(
  backend: Backend,
  graph: Graph,
  batches: readonly Batch[],
  passes: number,
  peer: PytorchPeer | undefined,
): Promise<{ ours: number[]; pytorch: number[] }> {
  const images = batches.reduce((sum, { labels }) => sum + labels.length, 0);
  let parameters = initialise(graph, 1);
  const settings: TrainingSettings = {
    loss: { name: graph.nodes.at(-1)?.op === "log_softmax" ? "nll" : "cross-entropy" },
    optimizer: { name: "sgd", learningRate: 0.05 },
    seed: 1,
    streamName: ["bench"],
  };
  const ours: number[] = [];
  const pytorch: number[] = [];
  for (let pass = 0; pass <= passes; pass++) {
    const began = performance.now();
    const result = await train(backend, graph, parameters, batches, settings);
    const speed = (images / (performance.now() - began)) * 1000;
    parameters = result.parameters;
    const peerSpeed = await peer?.pass();
    const kept = pass > 0;
    if (kept) ours.push(rounded(speed));
    if (kept && peerSpeed !== undefined) pytorch.push(rounded(peerSpeed));
    const beside = peerSpeed === undefined ? "" : `, PyTorch ${peerSpeed.toFixed(0)}`;
    say(
      `${kept ? `pass ${pass}/${passes}` : "warm-up"}: ${speed.toFixed(0)} images/s${beside}, loss ${result.loss.toFixed(4)}`,
    );
  }
  return { ours, pytorch };
}
