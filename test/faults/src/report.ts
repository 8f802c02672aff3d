import { randomInt } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import type { Result } from "./scenarios/scenario.js";

/** Where the results are kept that docs/guides/faults.md shows, as `bench --keep` keeps those of benchmarks. */
export const keptFile = fileURLToPath(new URL("../../../bench/results/faults.json", import.meta.url));

export const randomSeed = (): number => randomInt(1_000_000);

/** Keeps the results with the date, the machine and the versions. */
export function report(seed: number, scenarios: readonly Result[]): void {
  const kept = {
    date: new Date().toISOString().slice(0, 10),
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      platform: `${process.platform}-${process.arch}`,
    },
    versions: { node: process.versions.node, tributary: version() },
    result: { bench: "faults", seed, scenarios: scenarios.map(shortened) },
  };
  writeFileSync(keptFile, `${JSON.stringify(kept, null, 2)}\n`);
}

const shortened = (result: Result) => ({
  ...result,
  secondsLost: Number(result.secondsLost.toFixed(2)),
  ...(result.bytesRatio !== undefined && { bytesRatio: Number(result.bytesRatio.toFixed(3)) }),
});

const version = (): string => JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
