import { openBackend, Predictor } from "@tributary/engine";
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
  readonly images: number;
  readonly passes: number;
  readonly peerPython?: string;
  readonly keep?: string;
}

/** Images a second through a trained model, values in and values out, beside the same network in PyTorch in the same run. */
export const inference = (): Command =>
  new Command("inference")
    .description("images a second through a trained model, beside PyTorch")
    .addOption(new Option("--backend <name>").choices(["native", "wasm"]).default("native"))
    .option("--model <name>", "a named model", "mcmahan-cnn")
    .option("--batch <n>", "images a batch", Number, 1)
    .option("--threads <n>", "threads of the backend and of PyTorch", Number, 1)
    .option("--images <n>", "images a pass, in whole batches", Number, 2048)
    .option("--passes <n>", "measured passes; the median counts", Number, 5)
    .option("--peer-python <path>", "a Python that can import torch")
    .option("--json", "accepted for every benchmark; the result is always JSON")
    .option("--keep <name>", "keep the result in bench/results under this name")
    .action(run);

async function run({ backend: name, model, batch, threads, images, passes, peerPython, keep }: Options): Promise<void> {
  const graph = namedModel(model);
  const backend = await openBackend(name, { threads });
  const steps = Math.ceil(images / batch);
  const batches = await batchesFor(graph, batch, steps);
  const workload = { mode: "inference" as const, model, batch, threads, steps, shape: sampleShape(graph) };
  await using peer = peerPython ? await startPytorch(peerPython, { ...workload, ...joined(batches) }) : undefined;
  using predictor = await Predictor.open(backend, graph, initialise(graph, 1));
  const pass = () => {
    for (const { images, shape } of batches) predictor.run({ shape, values: images });
  };
  const figures = compared(await inTurn(passes, batch * steps, pass, peer), peer);
  report({ bench: "inference", backend: backend.name, model, batch, threads, ...figures }, keep);
}
