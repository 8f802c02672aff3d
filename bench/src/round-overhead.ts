import { Command } from "commander";
import { runIdleRounds } from "./idle-rounds.js";
import { median, quantile, report, rounded } from "./report.js";

interface Options {
  readonly workers: number;
  readonly model: string;
  readonly rounds: number;
  readonly warmUp: number;
  readonly changing?: boolean;
  readonly viewers: number;
  readonly keep?: string;
}

/**
 * What a round costs besides training: real processes, workers return the model at once. Then it is the same in each round, and they fetch
 * it once; with `--changing` it is not, and they do so in each.
 */
export const roundOverhead = (): Command =>
  new Command("round-overhead")
    .description("milliseconds a round costs besides training, and the coordinator's peak memory")
    .option("--workers <n>", "worker processes", Number, 3)
    .option("--model <name>", "a named model", "mcmahan-cnn")
    .option("--rounds <n>", "measured rounds", Number, 60)
    .option("--warm-up <n>", "rounds before them, in which the processes' code is compiled", Number, 100)
    .option("--changing", "train on one sample, so that the model changes and is sent to each worker in each round")
    .option("--viewers <n>", "pages of the job that are open in every other ten of the measured rounds", Number, 0)
    .option("--json", "accepted for every benchmark; the result is always JSON")
    .option("--keep <name>", "keep the result in bench/results under this name")
    .action(run);

async function run({ workers, model, rounds, warmUp, changing = false, viewers, keep }: Options): Promise<void> {
  const measured = await runIdleRounds(workers, model, rounds, { warmUp, changing, viewers });
  const { modelBytes, roundMs, viewedMs, warmUpMs, peakRssMiB } = measured;
  const viewed = {
    ...{ viewers, viewedMedianMs: rounded(median(viewedMs)), viewedMs },
    viewedRatio: rounded(median(viewedMs) / median(roundMs), 3),
  };
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
      downBytesPerRound: median(measured.downBytes),
      upBytesPerRound: median(measured.upBytes),
      coordinatorPeakRssMiB: peakRssMiB,
      roundMs,
      ...(viewers > 0 && viewed),
    },
    keep,
  );
}
