import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { median, resultsFolder } from "./report.js";

interface Kept {
  readonly date: string;
  readonly machine: { readonly cpu: string; readonly cores: number };
  readonly result: {
    readonly bench: string;
    readonly backend: string;
    readonly rounds: number;
    readonly wallSeconds: number;
    readonly accuracy: Readonly<Record<string, number>>;
  };
}

/** What PySyft's own notebook logged of the same example, and what Flower did with it on two such cores. */
const OTHERS = [
  "| PySyft's websocket example, as its notebook logged it | 271 s | 95.96 % |",
  "| Flower 1.41, two runs on two such cores | 456 and 481 s | 95.8 and 96.5 % |",
];

interface KeptSpeed {
  readonly date: string;
  readonly machine: { readonly cpu: string; readonly cores: number };
  readonly result: {
    readonly bench: string;
    readonly backend: string;
    readonly model: string;
    readonly batch: number;
    readonly threads: number;
    readonly imagesPerSecond: number;
    readonly peers: { readonly pytorch: { readonly version: string; readonly imagesPerSecond: number } };
    readonly ratio: { readonly pytorch: number };
  };
}

const keptResults = <T>(prefix: string): T[] =>
  readdirSync(resultsFolder)
    .filter((name) => name.startsWith(prefix))
    .sort()
    .map((name): T => JSON.parse(readFileSync(join(resultsFolder, name), "utf8")));

/** The README's table of speed beside PyTorch, out of the kept results. */
export function speedTable(): string {
  const rows = [...keptResults<KeptSpeed>("local-training-"), ...keptResults<KeptSpeed>("inference-")].map(
    ({ result }) => {
      const what = result.bench === "inference" ? "inference" : "training";
      const where = `${result.backend}, ${result.threads} thread${result.threads === 1 ? "" : "s"}`;
      const { pytorch } = result.peers;
      return `| ${what}, ${result.model}, batch ${result.batch}, ${where} | ${result.imagesPerSecond.toFixed(0)} | ${pytorch.imagesPerSecond.toFixed(0)} | ${result.ratio.pytorch.toFixed(2)} |`;
    },
  );
  return ["| what | images/s | PyTorch, same run | ratio |", "| --- | ---: | ---: | ---: |", ...rows].join("\n");
}

/** The README's table of the twin, out of the kept results. */
export function twinTable(): string {
  const rows = keptResults<Kept>("pysyft-twin-").map(({ date, machine, result }) => {
    const accuracy = result.accuracy[String(result.rounds)] ?? Number.NaN;
    const where = `Tributary, ${result.backend}, ${machine.cores} cores (${machine.cpu}), ${date}`;
    return `| ${where} | ${result.wallSeconds.toFixed(0)} s | ${(accuracy * 100).toFixed(2)} % |`;
  });
  return ["| system | 40 rounds took | accuracy after round 40 |", "| --- | ---: | ---: |", ...rows, ...OTHERS].join(
    "\n",
  );
}

interface KeptRounds {
  readonly date: string;
  readonly machine: { readonly cpu: string; readonly cores: number };
  readonly result: {
    readonly workers: number;
    readonly cohort: number;
    readonly model: string;
    readonly training: boolean;
    readonly batchSize?: number;
    readonly epochs?: number;
    readonly peakRssMiB: number;
    readonly roundMs: readonly number[];
    readonly peers?: {
      readonly flower: { readonly version: string; readonly torch: string; readonly roundMs: readonly number[] };
    };
    readonly ratio?: { readonly flower: number };
  };
}

/** The table of simulated rounds beside Flower's, out of the kept results. */
export function simulationTable(): string {
  const kept = keptResults<KeptRounds>("simulation-");
  const rows = kept.map(({ result }) => {
    const { workers, cohort, model, training, batchSize, epochs, peakRssMiB, roundMs, peers, ratio } = result;
    const work = training ? `train, E = ${epochs}, B = ${batchSize}` : "return the model as it came";
    const seconds = (times: readonly number[]) => `${(median(times) / 1000).toFixed(2)} s`;
    return `| ${cohort} of ${workers} ${work}; ${model} | ${seconds(roundMs)} | ${peers ? seconds(peers.flower.roundMs) : "not run"} | ${ratio?.flower.toFixed(2) ?? ""} | ${peakRssMiB.toFixed(0)} MiB |`;
  });
  const where = kept.map(({ date, machine, result: { peers } }) => {
    const flower = peers ? `Flower ${peers.flower.version} on Ray, PyTorch ${peers.flower.torch}; ` : "";
    return `${flower}${machine.cores} cores (${machine.cpu}); ${date}.`;
  });
  return [
    "| a round | ours | Flower, same minutes | ratio | our peak memory |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...rows,
    "",
    ...new Set(where),
  ].join("\n");
}
