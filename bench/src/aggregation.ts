import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Contribution, checkJobSpec, MeanMemory, strategyOf } from "@tributary/federation";
import { initialise, namedModel, parameterCount } from "@tributary/nn";
import { BlobFolder, encodeParameters, walkParameters } from "@tributary/protocol";
import { Command } from "commander";
import { median, report, rounded, say } from "./report.js";

interface Options {
  readonly updates: number;
  readonly model: string;
  readonly keep?: string;
}

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Passes that count; one before them warms up. */
const PASSES = 7;
const LOOK_EVERY = 4;
/** Updates that are in memory at once at most, 106 MB of the McMahan CNN. */
const RECEIVED = 16;
/** Every update holds these samples. */
const SAMPLES = 600;

/** How fast updates are folded into a mean, on one core, beside plain copying of memory in the same run. */
export const aggregation = (): Command =>
  new Command("aggregation")
    .description("gigabytes of float32 updates that FedAvg folds in a second, beside memcpy, and the memory it takes")
    .option("--updates <n>", "updates of a round", Number, 64)
    .option("--model <name>", "a named model", "mcmahan-cnn")
    .option("--json", "accepted for every benchmark; the result is always JSON")
    .option("--keep <name>", "keep the result in bench/results under this name")
    .action(run);

async function run({ updates, model, keep }: Options): Promise<void> {
  const graph = namedModel(model);
  const elements = parameterCount(graph);
  const spec = checkJobSpec({ model, dataset: "mnist" });
  const cohort = Array.from({ length: updates }, (_, index) => ({ worker: `worker-${index}`, samples: SAMPLES }));
  const folder = await mkdtemp(join(tmpdir(), "tributary-aggregation-"));
  try {
    const blobs = await BlobFolder.open(folder);
    const blob = await blobs.write(encodeParameters(initialise(graph, 1)));
    // What the preparation left is let go of a little later.
    memoryNow();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = memoryNow();
    const memory = new MeanMemory(elements);
    const fold = async (contribution: Contribution, look?: () => void) => {
      const mean = strategyOf(spec).open({
        ...{ spec, round: 1, elements, parameters: [], cohort, memory },
        before: async (start, end) => new Float32Array(end - start),
        kept: async () => undefined,
      });
      for (let update = 0; update < updates; update++) {
        await mean.fold(contribution);
        if (update % LOOK_EVERY === 0) look?.();
      }
    };

    // As the coordinator does: each update is read from its blob, slice by slice, to where it is added from.
    const sent = { worker: "worker-0", samples: SAMPLES, localSteps: 1, loss: 0, staleness: 0, extra: {} };
    const fromBlob: Contribution = {
      ...sent,
      async *slices() {
        await using reader = await blobs.openRead(blob.digest);
        for await (const { slices } of walkParameters(reader, memory.slice)) yield* slices();
      },
      read: async (start, end) => new Float32Array(end - start),
    };
    let peak = 0;
    await fold(fromBlob, () => {
      peak = Math.max(peak, memoryNow() - before);
    });

    // From memory: updates that are unlike, and more than a processor's cache holds, as they come off a network.
    const received = Array.from({ length: Math.min(updates, RECEIVED) }, (_, index) =>
      new Float32Array(elements).fill(1 / (index + 1)),
    );
    let next = 0;
    const fromMemory: Contribution = {
      ...sent,
      async *slices() {
        yield received[next++ % received.length] ?? new Float32Array();
      },
      read: async (start, end) => new Float32Array(end - start),
    };
    const bytes = updates * elements * 4;
    const target = new Float32Array(elements);
    const copy = async () => {
      for (let update = 0; update < updates; update++) target.set(received[update % received.length] ?? []);
    };
    const speeds = { folded: [] as number[], fromBlobs: [] as number[], copied: [] as number[] };
    const time = async (work: () => Promise<void>) => {
      const began = performance.now();
      await work();
      return bytes / 1e6 / (performance.now() - began);
    };
    for (let pass = 0; pass <= PASSES; pass++) {
      const folded = await time(() => fold(fromMemory));
      const copied = await time(copy);
      const fromBlobs = await time(() => fold(fromBlob));
      say(
        `${pass === 0 ? "warm-up" : `pass ${pass}/${PASSES}`}: ${folded.toFixed(2)} GB/s, from blobs ${fromBlobs.toFixed(2)}, memcpy ${copied.toFixed(2)}`,
      );
      if (pass === 0) continue;
      speeds.folded.push(folded);
      speeds.copied.push(copied);
      speeds.fromBlobs.push(fromBlobs);
    }
    report(
      {
        bench: "aggregation",
        updates,
        model,
        modelBytes: blob.size,
        gigabytesPerSecond: rounded(median(speeds.folded), 2),
        memcpyGigabytesPerSecond: rounded(median(speeds.copied), 2),
        ratio: rounded(median(speeds.folded) / median(speeds.copied), 2),
        fromBlobsGigabytesPerSecond: rounded(median(speeds.fromBlobs), 2),
        peakExtraBytes: peak,
        peakExtraModels: rounded(peak / blob.size, 2),
        isWasm: memory.isWasm,
        passes: speeds,
      },
      keep,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Bytes that this process holds in V8's heap and outside of it, WebAssembly's memory too, without garbage. */
function memoryNow(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
