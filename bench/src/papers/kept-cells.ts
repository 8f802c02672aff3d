import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { keep, resultsFolder } from "../report.js";
import type { CellResult, KeptCell } from "./table.js";

/** Keeps a cell's result in `papers/TABLE/CELL.json`, in place of an older one. */
export const keepCell = (result: CellResult, folder = resultsFolder): void =>
  keep({ ...result }, join("papers", result.table, result.cell), folder);

/** What is kept of a table, by the names of its cells. */
export function keptCells(table: string, folder = resultsFolder): ReadonlyMap<string, KeptCell> {
  const of = join(folder, "papers", table);
  if (!existsSync(of)) return new Map();
  return new Map(
    readdirSync(of).map((name) => {
      const kept: KeptCell = JSON.parse(readFileSync(join(of, name), "utf8"));
      return [kept.result.cell, kept];
    }),
  );
}
