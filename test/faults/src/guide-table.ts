import { existsSync, readFileSync } from "node:fs";
import { keptFile } from "./report.js";
import type { Result } from "./scenarios/scenario.js";
import { textTable } from "./text-table.js";

interface Kept {
  readonly date: string;
  readonly machine: { readonly cpu: string; readonly cores: number };
  readonly result: { readonly seed: number; readonly scenarios: readonly Result[] };
}

/** The table of docs/guides/faults.md, out of the kept results. */
export function guideTable(): string {
  if (!existsSync(keptFile)) return "No results are kept yet.";
  const { date, machine, result }: Kept = JSON.parse(readFileSync(keptFile, "utf8"));
  return `${textTable(result.scenarios)}\n\n${date}, ${machine.cores} cores (${machine.cpu}), seed ${result.seed}.`;
}
