import { getTableColumns, type InferInsertModel, type Table } from "drizzle-orm";

/** Rows of a table as the database names their columns, for `jsonb_populate_recordset`. Dates become texts of ISO 8601. */
export function rowsOf<T extends Table>(
  table: T,
  rows: readonly Readonly<Partial<InferInsertModel<T>>>[],
): Record<string, unknown>[] {
  const columns = Object.entries(getTableColumns(table));
  return rows.map((row) => {
    const values: Record<string, unknown> = row;
    return Object.fromEntries(columns.map(([key, { name }]) => [name, values[key]]));
  });
}
