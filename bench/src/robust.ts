import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Aggregator } from "@tributary/coordinator/testing";
import { type AcceptedUpdate, checkJobSpec } from "@tributary/federation";
import { initialise, namedModel } from "@tributary/nn";
import { BlobFolder, encodeParameters } from "@tributary/protocol";
import { Command } from "commander";
import { median, report, rounded, say } from "./report.js";

interface Options {
  readonly strategy: string;
  readonly updates: number;
  readonly model: string;
  readonly keep?: string;
}

/** Passes that count; one before them warms up. */
const PASSES = 5;

/** How long a rule that needs all updates takes for a round, from the first blob to the next model's, beside reading the blobs. */
export const robust = (): Command =>
  new Command("robust")
    .description("seconds that a robust rule takes to make a model of a round's updates, beside reading their blobs")
    .option("--strategy <kind>", "with its default settings", "median")
    .option("--updates <n>", "updates of the round", Number, 32)
    .option("--model <name>", "a named model", "mcmahan-cnn")
    .option("--json", "accepted for every benchmark; the result is always JSON")
    .option("--keep <name>", "keep the result in bench/results under this name")
    .action(run);

async function run({ strategy, updates: count, model, keep }: Options): Promise<void> {
  const graph = namedModel(model);
  const spec = checkJobSpec({ model, dataset: "mnist", strategy: { kind: strategy } });
  const folder = await mkdtemp(join(tmpdir(), "tributary-robust-"));
  try {
    const blobs = await BlobFolder.open(folder);
    const metrics = { loss: 1, accuracy: 0, batches: 1, samplesSeen: 1, downloadMs: 0, trainMs: 0, uploadMs: 0 };
    say(`writing ${count} updates`);
    const before = await blobs.write(encodeParameters(initialise(graph, 0)));
    const updates: AcceptedUpdate[] = [];
    for (let index = 1; index <= count; index++) {
      const blob = await blobs.write(encodeParameters(initialise(graph, index)));
      updates.push({ worker: `worker-${index}`, samples: 600, metrics, ...blob });
    }
    const cohort = updates.map(({ worker, samples }) => ({ worker, samples }));
    const aggregator = new Aggregator(spec, graph, blobs);
    const [aggregated, read]: [number[], number[]] = [[], []];
    for (let pass = 0; pass <= PASSES; pass++) {
      const began = performance.now();
      aggregator.open({ cohort, round: 1, before: before.digest });
      for (const update of updates) aggregator.add(update);
      await aggregator.finish(updates);
      const between = performance.now();
      for (const { digest } of updates) await blobs.read(digest);
      const seconds = [(between - began) / 1_000, (performance.now() - between) / 1_000] as const;
      say(
        `${pass === 0 ? "warm-up" : `pass ${pass}/${PASSES}`}: ${seconds.map((s) => s.toFixed(2)).join(" s, reading ")} s`,
      );
      if (pass === 0) continue;
      aggregated.push(seconds[0]);
      read.push(seconds[1]);
    }
    report(
      {
        ...{ bench: "robust", strategy, updates: count, model, modelBytes: before.size },
        seconds: rounded(median(aggregated), 3),
        readingSeconds: rounded(median(read), 3),
        passes: aggregated.map((seconds) => rounded(seconds, 3)),
      },
      keep,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
