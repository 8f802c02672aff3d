import { type Kept, keptResults, type Origin } from "./report.js";
import { textTable, titleOf } from "./text-table.js";

/** The table of docs/guides/faults.md, out of the kept results. */
export function guideTable(kept: Kept | undefined = keptResults()): string {
  if (kept === undefined) return "No results are kept yet.";
  const { result } = kept;
  const later = result.scenarios.flatMap(({ of, seed, ...row }) =>
    of === undefined ? [] : [`${titleOf(row)}: ${originText(of, seed)}`],
  );
  const origins = [originText(kept, result.seed), ...(later.length > 0 ? ["By themselves:", ...later] : [])];
  return `${textTable(result.scenarios)}\n\n${origins.join("\n")}`;
}

const originText = ({ date, machine }: Origin, seed: number): string =>
  `${date}, ${machine.cores} cores (${machine.cpu}), seed ${seed}.`;
