/** Rows under named columns: half as long in JSON as an object for each row. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export type Cell = string | number | null;

/** The first and the last rows of a table that is too long to show. */
export interface Excerpt {
  readonly first: Table["rows"];
  readonly omitted: number;
  readonly last: Table["rows"];
}

/** @param most rows that are shown, an even number */
export function excerptOf({ rows }: Table, most: number): Excerpt {
  if (rows.length <= most) return { first: rows, omitted: 0, last: [] };
  return { first: rows.slice(0, most / 2), omitted: rows.length - most, last: rows.slice(-most / 2) };
}
