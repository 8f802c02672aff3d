import { openBackend, openTraining } from "@tributary/engine";
import { initialise, namedModel, parameterCount } from "@tributary/nn";
import { Command, Option } from "commander";
import { batchesFor } from "./batches.js";
import { median, report, rounded, say } from "./report.js";

interface Options {
  readonly backend: "native" | "wasm";
  readonly model: string;
  readonly batch: number;
  readonly steps: number;
  readonly keep?: string;
}

/** Memory over many steps, and how long a model's parameters take into the engine and out of it. */
export const stepMemory = (): Command =>
  new Command("step-memory")
    .description("tensors and memory over many steps; milliseconds to set and to read the parameters")
    .addOption(new Option("--backend <name>").choices(["native", "wasm"]).default("native"))
    .option("--model <name>", "a named model", "mcmahan-cnn")
    .option("--batch <n>", "images a batch", Number, 10)
    .option("--steps <n>", "steps after as many as a tenth to warm up", Number, 2000)
    .option("--json", "accepted for every benchmark; the result is always JSON")
    .option("--keep <name>", "keep the result in bench/results under this name")
    .action(run);

const rssMiB = () => process.memoryUsage.rss() / 2 ** 20;

async function run({ backend: name, model, batch, steps, keep }: Options): Promise<void> {
  const graph = namedModel(model);
  const backend = await openBackend(name);
  const batches = await batchesFor(graph, batch, 20);
  const settings = {
    loss: { name: "cross-entropy" },
    optimizer: { name: "sgd", learningRate: 0.01 },
    seed: 1,
    streamName: [],
  } as const;
  const training = await openTraining(backend, graph, initialise(graph, 1), settings);
  const go = (count: number) => {
    for (let step = 0; step < count; step++) {
      const { images, shape, labels } = batches[step % batches.length] ?? {
        images: new Float32Array(),
        shape: [],
        labels: new Int32Array(),
      };
      training.run({ shape, values: images }, { shape: [labels.length], values: labels }, 0.01);
    }
  };
  go(Math.ceil(steps / 10));
  const before = { tensors: backend.tf.memory().numTensors, rss: rssMiB() };
  const every = Math.ceil(steps / 10);
  for (let done = 0; done < steps; done += every) {
    go(Math.min(every, steps - done));
    say(`${Math.min(steps, done + every)}/${steps} steps, ${rssMiB().toFixed(0)} MiB`);
  }
  const after = { tensors: backend.tf.memory().numTensors, rss: rssMiB() };
  const reads = times(() => training.parameters());
  const held = training.parameters();
  const sets = times(() => training.set(held));
  training.dispose();
  report(
    {
      bench: "step-memory",
      backend: backend.name,
      model,
      batch,
      steps,
      tensorsBefore: before.tensors,
      tensorsAfter: after.tensors,
      rssGrowthMiB: rounded(after.rss - before.rss),
      parameters: parameterCount(graph),
      setMs: rounded(median(sets), 2),
      readMs: rounded(median(reads), 2),
    },
    keep,
  );
}

/** Milliseconds of each of 15 calls after 3 to warm up. */
function times(call: () => unknown): number[] {
  const all = Array.from({ length: 18 }, () => {
    const began = performance.now();
    call();
    return performance.now() - began;
  });
  return all.slice(3);
}
