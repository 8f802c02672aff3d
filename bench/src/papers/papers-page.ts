import { keptCells } from "./kept-cells.js";
import { type KeptCell, type PaperTable, UNENDED } from "./table.js";

/** What docs/papers.md shows of a table: the paper's numbers beside ours, and how ours were measured. */
export function pagePart({ name, cells, render }: PaperTable): string {
  const all = keptCells(name);
  const kept = cells.flatMap(({ key }) => all.get(key) ?? []);
  return `${render(new Map(kept.map(({ result }) => [result.cell, result])))}\n\n${measured(kept, cells.length)}`;
}

function measured(kept: readonly KeptCell[], cells: number): string {
  if (kept.length === 0) return `None of ${cells} jobs was run.`;
  const minutes = kept.reduce((sum, { result }) => sum + result.wallSeconds, 0) / 60;
  const cut = kept.filter(({ result }) => result.outcome === UNENDED).map(({ result }) => result.cell);
  const facts = [
    `${kept.length} of ${cells} jobs were run`,
    ...(cut.length === 0 ? [] : [`not waited for to the end: ${cut.join(", ")}`]),
    `seed ${among(kept.map(({ result }) => result.seed))}`,
    `${minutes.toFixed(0)} minutes in all`,
    `${among(kept.map(({ machine }) => `${machine.cores} cores (${machine.cpu})`))}, other work beside`,
    among(kept.map(({ date }) => date)),
  ];
  return `${facts.join("; ")}.`;
}

const among = (facts: readonly (string | number)[]): string => [...new Set(facts)].sort().join(", ");
