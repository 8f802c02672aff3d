/** "98.2 %", never broken in two lines; "–" for what is not there. */
export const percent = (value: number | null | undefined, digits = 1): string =>
  value === null || value === undefined ? "–" : `${(100 * value).toFixed(digits)}\u00a0%`;

/** "1.4 MB", in powers of 1000. */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
  const value = count / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[power]}`;
}

/** "850 ms", "12 s", "3 min", "2 h 5 min". */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 100_000) return `${Math.round(ms / 1_000)} s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const whole = new Intl.NumberFormat("en");
/** "12,345". */
export const count = (value: number): string => whole.format(value);

/** "0.0231". */
export const small = (value: number | null | undefined): string =>
  value === null || value === undefined || !Number.isFinite(value) ? "–" : value.toPrecision(4);

/** "0.0231", "20": to four digits, and none that say nothing. */
export const short = (value: number): string => `${Number(value.toPrecision(4))}`;

/** "12:31:05" of today, with the date for any other day. */
export function clock(at: string | number, now = Date.now()): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString("en-GB");
  return date.toDateString() === new Date(now).toDateString() ? time : `${date.toLocaleDateString("sv")} ${time}`;
}

/** What went wrong, with what to do about it, in a sentence. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "something unexpected happened";
  const hint = "hint" in error && typeof error.hint === "string" ? error.hint : "";
  return `${error.message}${hint === "" ? "" : `. ${hint}`}`;
}
