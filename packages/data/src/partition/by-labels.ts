import { stream, TributaryError } from "@tributary/protocol";
import type { Dataset } from "../dataset.js";
import { cut, indicesByClass } from "./cut.js";

/** Chosen labels a worker. A label that several chose is shuffled and dealt out among them; one that nobody chose is left out. */
export function byLabels(
  { labels, classes }: Pick<Dataset, "labels" | "classes">,
  chosen: readonly (readonly number[])[],
  seed: number,
): number[][] {
  const odd = chosen.flat().find((label) => !Number.isInteger(label) || label < 0 || label >= classes);
  if (odd !== undefined)
    throw new TributaryError("invalid_request", `there is no label ${odd}`, {
      hint: `Labels are 0 to ${classes - 1}.`,
    });
  const runs: number[][][] = chosen.map(() => []);
  for (const [label, indices] of indicesByClass(labels, classes).entries()) {
    const takers = runs.filter((_, shard) => chosen[shard]?.includes(label));
    if (takers.length > 1) stream(seed, "partition", "labels", label).shuffle(indices);
    for (const [place, part] of cut(indices, Math.max(1, takers.length)).entries()) takers[place]?.push(part);
  }
  return runs.map((own) => own.flat());
}
