import type { WorkerFacts } from "../round/events.js";
import type { JobSpec } from "./job-spec.js";

/** How many workers a line names before it counts the others. */
const MOST_NAMED = 5;

/** A worker that is there and may not be selected, and why: "has not the tag gpu". */
export interface UnfitWorker {
  readonly worker: string;
  readonly reason: string;
}

/** Why a worker can't be what the job asks of its cohorts; undefined: it can. */
export function unfitness(
  { tags = [], backend, minimumMemory = 0 }: JobSpec["cohort"],
  worker: Pick<WorkerFacts, "tags" | "backend" | "memory">,
): string | undefined {
  const missing = tags.find((tag) => !worker.tags?.includes(tag));
  if (missing !== undefined) return `has not the tag ${missing}`;
  if (backend !== undefined && worker.backend !== backend)
    return `computes on ${worker.backend ?? "an unknown backend"}, not on ${backend}`;
  const { memory } = worker;
  if ((memory ?? 0) >= minimumMemory) return undefined;
  const told = memory === undefined ? "has not told its memory" : `has ${memory} bytes of memory`;
  return `${told}, and ${minimumMemory} are wanted`;
}

/** "bob has not the tag gpu; carl computes on wasm, not on native". */
export function describeUnfit(unfit: readonly UnfitWorker[]): string {
  const lines = unfit.slice(0, MOST_NAMED).map(({ worker, reason }) => `${worker} ${reason}`);
  const more = unfit.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}
