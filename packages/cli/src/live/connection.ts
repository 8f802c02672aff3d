import type { TributaryError } from "@tributary/protocol";
import { wholeSeconds } from "../output/format.js";
import { type Block, fixed } from "./layout.js";
import { cut, span } from "./line.js";

/** A coordinator that does not answer: since when, as `Date.now`, and why. */
export interface Absence {
  readonly since: number;
  readonly reason: string;
}

/** The absence after one more sign of the coordinator: since when holds until it answers. */
export function absence(
  before: Absence | undefined,
  lost: TributaryError | undefined,
  now: number,
): Absence | undefined {
  if (lost === undefined) return undefined;
  return { since: before?.since ?? now, reason: lost.message };
}

/** Nothing while the coordinator answers. */
export function absenceBlock(gone: Absence | undefined, width: number, now: number): Block {
  if (gone === undefined) return fixed(1, []);
  const text = `disconnected for ${wholeSeconds(now - gone.since)}, trying again: ${gone.reason}`;
  return fixed(1, [[span(cut(text, width), { color: "red", bold: true })]]);
}
