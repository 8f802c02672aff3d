import { availableParallelism } from "node:os";
import { mnist } from "@tributary/data";
import { checkJobSpec } from "@tributary/federation";
import { simulate, virtualShards } from "@tributary/simulation";
import { Command, Option } from "commander";
import { type FlowerTimes, runFlower } from "./flower-peer.js";
import { median, report, rounded, say } from "./report.js";

interface Options {
  readonly workers: number;
  readonly fraction: number;
  readonly model: string;
  readonly rounds: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly training: boolean;
  readonly engines: number;
  readonly peerPython?: string;
  readonly backend?: "native" | "wasm";
  readonly keep?: string;
}

/** The first round compiles code and starts engines. */
const WARM_UP = 1;

/** What a virtual worker costs: the machinery alone, or with its training on its part of MNIST. */
export const simulation = (): Command =>
  new Command("simulation")
    .description(
      "milliseconds a virtual worker costs in a round of a simulated job, and the peak memory of the process",
    )
    .option("--workers <n>", "virtual workers, over which MNIST's 60,000 images are dealt out", Number, 100)
    .option("--fraction <c>", "of them that take part in a round, C of McMahan et al. 2017", Number, 1)
    .option("--model <name>", "a named model", "mcmahan-cnn")
    .option("--rounds <n>", "measured rounds", Number, 5)
    .option("--batch-size <n>", "B of McMahan et al. 2017", Number, 10)
    .option("--epochs <n>", "E of McMahan et al. 2017", Number, 1)
    .option("--no-training", "workers return the model as it came")
    .option("--engines <n>", "workers that train at once; default: the number of cores", Number, availableParallelism())
    .option(
      "--peer-python <path>",
      "a Python that can import flwr, ray and torch: the same rounds in Flower's simulation",
    )
    .addOption(new Option("--backend <name>", "default: native where it works").choices(["native", "wasm"]))
    .option("--json", "accepted for every benchmark; the result is always JSON")
    .option("--keep <name>", "keep the result in bench/results under this name")
    .action(run);

async function run(options: Options): Promise<void> {
  const { workers, fraction, model, rounds, batchSize, epochs, training, engines, peerPython, backend, keep } = options;
  const dataset = await mnist("train");
  const asked = Math.max(1, Math.round(workers * fraction));
  const spec = checkJobSpec({
    ...{ name: "bench", model, dataset: dataset.name, rounds: rounds + WARM_UP },
    training: { idle: !training, batchSize, epochs },
    cohort: { size: asked },
    evaluation: { every: 0 },
  });
  const shards = virtualShards(dataset, { kind: "iid", shards: workers }, 1);
  const result = await simulate({
    ...{ spec, dataset, shards, engines, backend },
    onRound: ({ round, ms }) => say(`round ${round}/${spec.rounds}: ${ms.toFixed(0)} ms`),
  });
  if (result.outcome.kind !== "completed") throw new Error(`the job is ${result.outcome.kind}`);
  const roundMs = result.rounds.slice(WARM_UP).map(({ ms }) => rounded(ms));
  const peakRssMiB = peakRss();
  const peer =
    peerPython &&
    (await runFlower(peerPython, {
      ...{ model, cohort: asked, rounds: spec.rounds, batchSize, epochs, training, dataset },
      ...{ clients: workers, cores: engines },
    }));
  const besides = peer && besideFlower(roundMs, peer);
  report(
    {
      bench: "simulation",
      workers,
      cohort: asked,
      model,
      training,
      ...(training && { batchSize, epochs, backend: result.backend }),
      rounds,
      msPerWorker: rounded(median(roundMs) / asked, 2),
      peakRssMiB,
      roundMs,
      ...besides,
    },
    keep,
  );
}

function besideFlower(ours: readonly number[], { version, torch, roundMs }: FlowerTimes) {
  const flower = roundMs.slice(WARM_UP);
  return {
    peers: { flower: { version, torch, roundMs: flower } },
    ratio: { flower: rounded(median(ours) / median(flower), 3) },
  };
}

/** The most memory that this process ever held, its engines' too, MiB. */
const peakRss = (): number => rounded(process.resourceUsage().maxRSS / 1024);
