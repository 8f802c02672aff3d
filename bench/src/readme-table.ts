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

/** The README's table of the twin, out of the kept results. */
export function twinTable(): string {
  const kept = readdirSync(resultsFolder)
    .filter((name) => name.startsWith("pysyft-twin-"))
    .sort()
    .map((name): Kept => JSON.parse(readFileSync(join(resultsFolder, name), "utf8")));
  const rows = kept.map(({ date, machine, result }) => {
    const accuracy = result.accuracy[String(result.rounds)] ?? Number.NaN;
    const where = `Tributary, ${result.backend}, ${machine.cores} cores (${machine.cpu}), ${date}`;
    return `| ${where} | ${result.wallSeconds.toFixed(0)} s | ${(accuracy * 100).toFixed(2)} % |`;
  });
  return ["| system | 40 rounds took | accuracy after round 40 |", "| --- | ---: | ---: |", ...rows, ...OTHERS].join(
    "\n",
  );
}
