import { Argument, Command, Option } from "commander";
import { keepCell, keptCells } from "./papers/kept-cells.js";
import { runCell } from "./papers/run-cell.js";
import { type Cell, type CellResult, type KeptCell, type PaperTable, UNENDED } from "./papers/table.js";
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
    .option("--cell <key...>", "only these cells, run anew; default: all, kept ones as they are")
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
  const table = paperTables.get(name);
  if (table === undefined) throw new Error(`no table ${name}`);
  const kept = keys === undefined ? keptCells(name) : new Map<string, KeptCell>();
  const cells: (CellResult & Pick<Cell, "paper">)[] = [];
  for (const cell of cellsOf(table, keys)) {
    const known = kept.get(cell.key)?.result;
    const ended = known?.outcome === UNENDED ? undefined : known;
    const result = ended ?? (await runCell(name, cell, { ...options, ...(keep && { onScore: keepCell }) }));
    if (keep && ended === undefined) keepCell(result);
    cells.push({ ...result, ...(cell.paper !== undefined && { paper: cell.paper }) });
  }
  report({ bench: "paper", table: name, source: table.source, cells });
}

/** @throws Error naming the cells that there are, when one is asked for that there is not */
function cellsOf({ cells }: PaperTable, keys: readonly string[] | undefined): readonly Cell[] {
  if (keys === undefined) return cells;
  return keys.map((wanted) => {
    const found = cells.find(({ key }) => key === wanted);
    if (found === undefined) throw new Error(`no cell ${wanted}; there are ${cells.map(({ key }) => key).join(", ")}`);
    return found;
  });
}
