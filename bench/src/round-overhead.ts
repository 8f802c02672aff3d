import { Command } from "commander";
import { runIdleRounds } from "./idle-rounds.js";
import { median, quantile, report, rounded } from "./report.js";

interface Options {
  readonly workers: number;
  readonly model: string;
  readonly rounds: number;
  readonly warmUp: number;
  readonly keep?: string;
}

/** What a round costs besides training: real processes, workers return the model at once. */
export const roundOverhead = (): Command =>
  new Command("round-overhead")
    .description("milliseconds a round costs besides training, and the coordinator's peak memory")
    .option("--workers <n>", "worker processes", Number, 3)
    .option("--model <name>", "a named model", "mcmahan-cnn")
    .option("--rounds <n>", "measured rounds", Number, 60)
    .option("--warm-up <n>", "rounds before them, in which the processes' code is compiled", Number, 100)
    .option("--json", "accepted for every benchmark; the result is always JSON")
    .option("--keep <name>", "keep the result in bench/results under this name")
    .action(run);

async function run({ workers, model, rounds, warmUp, keep }: Options): Promise<void> {
  const { modelBytes, roundMs, warmUpMs, peakRssMiB } = await runIdleRounds(workers, model, rounds, warmUp);
  report(
    {
      bench: "round-overhead",
      workers,
      model,
      modelBytes,
      rounds: roundMs.length,
      medianMs: rounded(median(roundMs)),
      warmUpMedianMs: warmUpMs.length > 0 ? rounded(median(warmUpMs)) : null,
      p95Ms: rounded(quantile(roundMs, 0.95)),
      coordinatorPeakRssMiB: peakRssMiB,
      roundMs,
    },
    keep,
  );
}
