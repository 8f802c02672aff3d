import { randomInt } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import type { Result } from "./scenarios/scenario.js";

/** Where the results are kept that docs/guides/faults.md shows, as `bench --keep` keeps those of benchmarks. */
const keptFile = fileURLToPath(new URL("../../../bench/results/faults.json", import.meta.url));

export const randomSeed = (): number => randomInt(1_000_000);

/** Where results come from. */
export interface Origin {
  readonly date: string;
  readonly machine: { readonly cpu: string; readonly cores: number };
}

export interface Kept extends Origin {
  readonly result: {
    readonly seed: number;
    /** `of`: of a row that was run by itself later than the whole table. */
    readonly scenarios: readonly (Result & { readonly of?: Origin })[];
  };
}

export const keptResults = (): Kept | undefined =>
  existsSync(keptFile) ? JSON.parse(readFileSync(keptFile, "utf8")) : undefined;

/**
 * Keeps the results with the date, the machine and the versions.
 *
 * @param isWhole those of a part of the table go in with the kept ones, each with where it comes from
 */
export function report(seed: number, results: readonly Result[], isWhole: boolean): void {
  const origin = {
    date: new Date().toISOString().slice(0, 10),
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      platform: `${process.platform}-${process.arch}`,
    },
    versions: { node: process.versions.node, tributary: version() },
  };
  const scenarios = results.map(shortened);
  const before = isWhole ? undefined : keptResults();
  const kept = before
    ? withRows(before, origin, scenarios)
    : { ...origin, result: { bench: "faults", seed, scenarios } };
  writeFileSync(keptFile, `${JSON.stringify(kept, null, 2)}\n`);
}

/** Kept results with some rows in place of the same ones, or besides. */
export function withRows(kept: Kept, of: Origin, rows: readonly Result[]): Kept {
  const isNew = ({ group, name }: Result) => rows.some((row) => row.group === group && row.name === name);
  const scenarios = [...kept.result.scenarios.filter((row) => !isNew(row)), ...rows.map((row) => ({ ...row, of }))];
  return { ...kept, result: { ...kept.result, scenarios } };
}

const shortened = (result: Result) => ({
  ...result,
  secondsLost: Number(result.secondsLost.toFixed(2)),
  ...(result.bytesRatio !== undefined && { bytesRatio: Number(result.bytesRatio.toFixed(3)) }),
});

const version = (): string => JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
