import type { ReactNode } from "react";
import { count } from "../output/format.js";
import { type Cell, excerptOf, type Table } from "./table.js";

/** Rows that a table shows; all of them are in the report's data. */
const MOST_ROWS = 200;
/** A longer table is folded. */
const FEW_ROWS = 30;

/** Names and values. */
export const Facts = ({ facts }: { readonly facts: readonly (readonly [name: string, value: ReactNode])[] }) => (
  <dl>{facts.map(([name, value]) => [<dt key={`name ${name}`}>{name}</dt>, <dd key={name}>{value}</dd>])}</dl>
);

/** A table, folded and cut where it is long. */
export function TableView({ name, table }: { readonly name: string; readonly table: Table }) {
  const { first, omitted, last } = excerptOf(table, MOST_ROWS);
  if (first.length === 0) return <p className="quiet">None.</p>;
  const body = (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
    <section className="scroll" tabIndex={0} aria-label={name}>
      <table>
        <thead>
          <tr>
            {table.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first.map(row)}
          {omitted > 0 && (
            <tr>
              <td colSpan={table.columns.length}>{count(omitted)} rows are left out here; the data below has them</td>
            </tr>
          )}
          {last.map(row)}
        </tbody>
      </table>
    </section>
  );
  if (table.rows.length <= FEW_ROWS) return body;
  return (
    <details>
      <summary>
        {name}: {count(table.rows.length)} rows
      </summary>
      {body}
    </details>
  );
}

const row = (cells: readonly Cell[], index: number) => (
  <tr key={index}>
    {cells.map((cell, column) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: a column has no other name here
      <td key={column} className={typeof cell === "number" ? "number" : undefined}>
        {cell ?? "–"}
      </td>
    ))}
  </tr>
);
