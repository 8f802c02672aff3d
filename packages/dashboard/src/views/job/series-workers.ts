import type { SeriesWorker } from "@tributary/federation";
import { beyond, type Known } from "./series.js";

/** Which workers come first: by name, or those whose newest updates have the highest losses. */
export type WorkerOrder = "name" | "worst";

/**
 * Names of workers that have updates of their own, in an order that holds while rounds come.
 *
 * @param listed those of the rounds before, as the coordinator told once
 * @param part parts of names with commas between them, of which a name has one; "" is all
 */
export function workersInOrder(
  known: Pick<Known, "series" | "rounds">,
  listed: readonly SeriesWorker[],
  { part, order }: { readonly part: string; readonly order: WorkerOrder },
): string[] {
  const newest = newestLosses(known);
  // Where the coordinator has told of losses they stay, or workers would change places with each round.
  const all = new Map<string, number | null>(newest.map(([name, loss]) => [name, listed.length === 0 ? loss : null]));
  for (const { name, loss } of listed) all.set(name, loss);
  const parts = part
    .toLowerCase()
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
  return [...all]
    .filter(([name]) => parts.length === 0 || parts.some((each) => name.toLowerCase().includes(each)))
    .sort(([one, oneLoss], [other, otherLoss]) => {
      const byLoss = order === "worst" ? (otherLoss ?? -1) - (oneLoss ?? -1) : 0;
      return byLoss || one.localeCompare(other);
    })
    .map(([name]) => name);
}

/** Of the workers in rounds that the series has not, the last of each. */
function newestLosses(known: Pick<Known, "series" | "rounds">): [string, number][] {
  return beyond(known).flatMap(({ updates, updateEvaluations }) => {
    const scores = new Map(updateEvaluations.map(({ subject, loss }) => [subject, loss]));
    return updates.map(({ worker, loss }): [string, number] => [worker, scores.get(worker) ?? loss]);
  });
}
