import { cpus } from "node:os";

/** Progress, for people. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** The result: one JSON object on the last line of stdout. */
export const report = (result: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify(result)}\n`);
};

/** What a figure was measured on; goes with every kept result. */
export const machine = () => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  platform: `${process.platform}-${process.arch}`,
  node: process.versions.node,
});

/** The middle value; the mean of the two middle ones of an even count. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear interpolation between order statistics, as NumPy's default. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * q;
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}

export const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits));
