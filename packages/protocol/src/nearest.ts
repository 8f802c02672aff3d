import { closest, distance } from "fastest-levenshtein";
import { oneLine } from "./one-line.js";

/** Characters that are compared: whoever sends a name does not choose how long that takes. */
const COMPARED = 100;
/** A name that differs in more letters was not mistyped. */
const MOST_ERRORS = 4;
/** Nor one that differs in a larger share of them. Two that stand the wrong way round are two: itn8. */
const MOST_ERRONEOUS = 0.5;
/** Names that a message lists at most. */
const LISTED = 30;

/**
 * The name that was meant by one that there is not: the one that it begins, or else the nearest by Levenshtein's distance. Upper
 * and lower case are alike. undefined: none is near.
 */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const meant = folded(name);
  const begun = names.filter((other) => folded(other).startsWith(meant));
  if (begun.length === 1 && meant.length > 1) return begun[0];
  const all = names.map(folded);
  const near = all.length === 0 ? "" : closest(meant, all);
  const errors = distance(meant, near);
  if (errors > MOST_ERRORS || errors > MOST_ERRONEOUS * Math.max(meant.length, near.length)) return undefined;
  return names[all.indexOf(near)];
}

const folded = (name: string): string => name.slice(0, COMPARED).toLowerCase();

/**
 * How a message about a name that there is not ends: "did you mean mnist?", or with the names that there are.
 *
 * @example
 * throw new TributaryError("unknown_dataset", `there is no data set ${name}; ${didYouMean(name, names)}`);
 */
export function didYouMean(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  if (near !== undefined) return `did you mean ${oneLine(near)}?`;
  if (names.length === 0) return "there is none";
  const more = names.length - LISTED;
  const listed = names.slice(0, LISTED).map((other) => oneLine(other));
  return `there ${names.length === 1 ? "is" : "are"} ${listed.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
