import sparkly from "sparkly";

/** "██████░░░░" @param fraction 0 to 1 */
export function progressBar(fraction: number, width: number): string {
  const part = Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0;
  const full = Math.floor(part * width);
  return "█".repeat(full) + "░".repeat(width - full);
}

/** "▁▃▆█": numbers from the lowest to the highest, no wider than there is room: then each column is the mean of some neighbours. */
export function sparkline(values: readonly number[], width: number): string {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0 || width < 1) return "";
  return sparkly(resample(finite, width));
}

function resample(values: readonly number[], width: number): number[] {
  if (values.length <= width) return [...values];
  return Array.from({ length: width }, (_, at) => {
    const part = values.slice(Math.floor((at * values.length) / width), Math.floor(((at + 1) * values.length) / width));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}
