import { TributaryError } from "@tributary/protocol";
import { z } from "zod";

/** A page of a list, and where the next one begins. */
export interface Page<T> {
  readonly rows: T[];
  /** null: there is no more. */
  readonly next: string | null;
}

type Place = readonly (number | string)[];

/**
 * A page out of a query that was asked for one row more than the page has.
 *
 * @param list the list's name: a cursor of another list is refused
 * @param placeOf what the next page begins after
 */
export function pageOf<T>(list: string, rows: readonly T[], limit: number, placeOf: (row: T) => Place): Page<T> {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const next = rows.length > limit && last !== undefined ? encoded(list, placeOf(last)) : null;
  return { rows: page, next };
}

/**
 * What a cursor says, as the schema has it; undefined without one.
 *
 * @throws TributaryError `invalid_request`
 */
export function placeIn<T>(list: string, place: z.ZodType<T>, cursor: string | undefined): T | undefined {
  if (cursor === undefined) return undefined;
  const parsed = z.tuple([z.literal(list), place]).safeParse(decoded(cursor));
  if (!parsed.success)
    throw new TributaryError("invalid_request", "querystring: cursor: none that this list gave", {
      hint: "Give the `next` of the page before, as it is, or leave it out.",
    });
  return parsed.data[1];
}

const encoded = (list: string, place: Place): string =>
  Buffer.from(JSON.stringify([list, place])).toString("base64url");

function decoded(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
