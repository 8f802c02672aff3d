import { openBackend, type TrainingSettings, train } from "@tributary/engine";
import { initialise, namedModel } from "@tributary/nn";
import { Command, Option } from "commander";
import { batchesFor, joined, sampleShape } from "./batches.js";
import { compared, inTurn } from "./in-turn.js";
import { startPytorch } from "./pytorch-peer.js";
import { report } from "./report.js";

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

async function run({ backend: name, model, batch, threads, steps, passes, peerPython, keep }: Options): Promise<void> {
  const graph = namedModel(model);
  const backend = await openBackend(name, { threads });
  const batches = await batchesFor(graph, batch, steps);
  const workload = { mode: "training" as const, model, batch, threads, steps, shape: sampleShape(graph) };
  await using peer = peerPython ? await startPytorch(peerPython, { ...workload, ...joined(batches) }) : undefined;
  const settings: TrainingSettings = {
    loss: { name: graph.nodes.at(-1)?.op === "log_softmax" ? "nll" : "cross-entropy" },
    optimizer: { name: "sgd", learningRate: 0.05 },
    seed: 1,
    streamName: ["bench"],
  };
  let parameters = initialise(graph, 1);
  const pass = async () => {
    parameters = (await train(backend, graph, parameters, batches, settings)).parameters;
  };
  const figures = compared(await inTurn(passes, batch * steps, pass, peer), peer);
  report({ bench: "local-training", backend: backend.name, model, batch, threads, ...figures }, keep);
}
