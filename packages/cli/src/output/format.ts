/** "96.4 %" for 0.964. */
export const percent = (fraction: number | null | undefined): string =>
  fraction === null || fraction === undefined ? "–" : `${(fraction * 100).toFixed(2)} %`;

/** "6.3 MiB". */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const step = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(count) / 10));
  return `${(count / 1024 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]}`;
}

/** "350 ms", "12.3 s", "4 min 10 s", "2 h 5 min". */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1_000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "7 s", then as `duration`: for what goes on and is shown again every second. */
export const wholeSeconds = (ms: number): string =>
  ms < 60_000 ? `${Math.max(0, Math.floor(ms / 1_000))} s` : duration(ms);

/** "24,754". */
export const count = (value: number): string => value.toLocaleString("en-US");
