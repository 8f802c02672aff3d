import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where results are kept that documents quote. */
export const resultsFolder = fileURLToPath(new URL("../results/", import.meta.url));

/** Progress, for people. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

export interface Result extends Readonly<Record<string, unknown>> {
  readonly bench: string;
}

/**
 * The result: one JSON object on the last line of stdout.
 * @param keepAs keep it under this name in `bench/results`, with the date, the machine and the versions
 */
export function report(result: Result, keepAs?: string): void {
  if (keepAs !== undefined) keep(result, keepAs);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/**
 * Keeps a result with the date, the machine and the versions.
 * @param name of the file without .json; it may be in a folder
 * @param folder default `bench/results`
 */
export function keep(result: Result, name: string, folder = resultsFolder): void {
  const kept = { date: new Date().toISOString().slice(0, 10), machine: machine(), versions: versions(), result };
  const file = join(folder, `${name}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`);
}

const machine = () => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  platform: `${process.platform}-${process.arch}`,
});

const versions = () => ({
  node: process.versions.node,
  tributary: versionOf("../package.json"),
  tfjs: versionOf("../../node_modules/@tensorflow/tfjs-core/package.json"),
});

const versionOf = (file: string): string => JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")).version;

/** The middle value; the mean of the two middle ones of an even count. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Linear interpolation between order statistics, as NumPy's default. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * q;
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}

export const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits));
