import { Argument, Command, Option } from "commander";
import { keepCell, keptCells } from "./papers/kept-cells.js";
import { runCell } from "./papers/run-cell.js";
import { type Cell, type CellResult, UNENDED } from "./papers/table.js";
import { paperTables } from "./papers/tables.js";
import { report } from "./report.js";

interface Options {
  readonly cell?: readonly string[];
  readonly rounds?: number;
  readonly engines: number;
  readonly backend?: "native" | "wasm";
  readonly dataDir?: string;
  readonly keep?: true;
}

/** The tables of papers, run anew: each cell is a job in the simulation. */
export const paper = (): Command =>
  new Command("paper")
    .description("a table of a paper, run in the simulation; docs/papers.md shows the paper's numbers beside ours")
    .addArgument(new Argument("<name>", "which table").choices([...paperTables.keys()]))
    .option("--cell <key...>", "only these cells; default: all that are not kept to their end yet")
    .option("--rounds <n>", "end each job after so many rounds", Number)
    .option("--engines <n>", "workers that train at once", Number, 1)
    .addOption(new Option("--backend <name>", "default: native where it works").choices(["native", "wasm"]))
    .addOption(
      new Option("--data-dir <folder>", "folder with the data sets' files; default: a cache of downloads").env(
        "TRIBUTARY_DATASETS_DIR",
      ),
    )
    .option("--json", "accepted for every benchmark; the result is always JSON")
    .option("--keep", "keep each cell in bench/results/papers as it goes on")
    .action(run);

async function run(name: string, { cell: keys, keep, ...options }: Options): Promise<void> {
  const results: CellResult[] = [];
  for (const cell of cellsOf(name, keys)) {
    const result = await runCell(name, cell, { ...options, ...(keep && { onScore: keepCell }) });
    if (keep) keepCell(result);
    results.push(result);
  }
  report({ bench: "paper", table: name, cells: results });
}

/** @throws Error naming the cells that there are, when one is asked for that there is not */
function cellsOf(name: string, keys: readonly string[] | undefined): readonly Cell[] {
  const cells = paperTables.get(name)?.cells ?? [];
  if (keys === undefined) {
    const kept = keptCells(name);
    return cells.filter(({ key }) => (kept.get(key)?.result.outcome ?? UNENDED) === UNENDED);
  }
  return keys.map((wanted) => {
    const found = cells.find(({ key }) => key === wanted);
    if (found === undefined) throw new Error(`no cell ${wanted}; there are ${cells.map(({ key }) => key).join(", ")}`);
    return found;
  });
}
