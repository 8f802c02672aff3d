import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { resultsFolder } from "./report.js";

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
