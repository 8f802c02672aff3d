import { Command } from "commander";
import { runIdleRounds } from "./idle-rounds.js";
import { median, report, rounded, say } from "./report.js";

interface Options {
  readonly few: number;
  readonly many: number;
  readonly model: string;
  readonly updates: number;
  readonly repeats: number;
  readonly keep?: string;
}

/**
 * Whether the coordinator's memory grows with its workers. When V8 frees what has arrived differs from run to run by more
 * than a model, and the more arrives, the higher the highest of these peaks; so both sides get the same number of updates,
 * take turns, and the medians are compared.
 */
export const coordinatorMemory = (): Command =>
  new Command("coordinator-memory")
    .description("the coordinator's peak memory with few workers and with many, after the same number of updates")
    .option("--few <n>", "worker processes on one side", Number, 3)
    .option("--many <n>", "worker processes on the other", Number, 12)
    .option("--model <name>", "a named model", "mcmahan-cnn")
    .option("--updates <n>", "updates in each run", Number, 240)
    .option("--repeats <n>", "runs of each side", Number, 5)
    .option("--json", "accepted for every benchmark; the result is always JSON")
    .option("--keep <name>", "keep the result in bench/results under this name")
    .action(run);

async function run({ few, many, model, updates, repeats, keep }: Options): Promise<void> {
  const peaks = { few: [] as number[], many: [] as number[] };
  let modelBytes = 0;
  for (let repeat = 1; repeat <= repeats; repeat++) {
    for (const side of ["few", "many"] as const) {
      const workers = side === "few" ? few : many;
      say(`run ${repeat}/${repeats} with ${workers} workers`);
      const ran = await runIdleRounds(workers, model, Math.ceil(updates / workers));
      if (ran.peakRssMiB === undefined) throw new Error("peak memory can be read on Linux only");
      peaks[side].push(ran.peakRssMiB);
      modelBytes = ran.modelBytes;
    }
  }
  const fewMiB = median(peaks.few);
  const manyMiB = median(peaks.many);
  report(
    {
      bench: "coordinator-memory",
      few,
      many,
      model,
      updates,
      modelMiB: rounded(modelBytes / 2 ** 20, 2),
      medianPeakMiB: { few: fewMiB, many: manyMiB },
      differenceMiB: rounded(manyMiB - fewMiB),
      differenceInModels: rounded((manyMiB - fewMiB) / (modelBytes / 2 ** 20), 2),
      peakMiB: peaks,
    },
    keep,
  );
}
