import { type DatasetOptions, type ImageSet, openDataset, type Split, subset } from "@tributary/data";
import { checkJobSpec } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { type SimulationOutcome, simulate, virtualShards } from "@tributary/simulation";
import { rounded, say } from "../report.js";
import { type Cell, type CellData, type CellResult, SEED, UNENDED } from "./table.js";

export interface RunOptions {
  readonly engines: number;
  readonly backend?: "native" | "wasm" | undefined;
  /** Ends the job after so many rounds, if it has more. */
  readonly rounds?: number | undefined;
  /** Where the data sets' files lie; see `openDataset`. Default: a cache of downloads. */
  readonly dataDir?: string | undefined;
  /** Told of the result so far, after each round that was scored. */
  readonly onScore?: (soFar: CellResult) => void;
}

/**
 * Runs one cell of a paper's table through the simulation.
 * @throws TributaryError `invalid_job_spec` when `rounds` is no number of rounds, `invalid_request` when the data set has fewer
 *   images than the cell wants, and what `openDataset` and `simulate` throw
 */
export async function runCell(table: string, cell: Cell, options: RunOptions): Promise<CellResult> {
  const { engines, backend, rounds: most, onScore } = options;
  const [dataset, heldOut] = [await imagesOf(cell.data, "train", options), await imagesOf(cell.data, "test", options)];
  const model = cell.graph === undefined ? cell.model : { graph: { ...cell.graph() } };
  const named = { name: `${table}-${cell.key}`, model, dataset: dataset.name, seed: SEED };
  const fewer = most !== undefined && { rounds: Math.min(most, cell.job.rounds ?? most) };
  const spec = checkJobSpec({ ...named, ...cell.job, ...fewer });
  const shards = virtualShards(dataset, cell.partition, spec.seed);
  const began = performance.now();
  const accuracy: Record<string, number> = {};
  let refused = 0;
  let sentBytes = 0;
  let updateBytes = 0;
  let uploads = 0;
  let reached: CellResult["reached"];
  const { partition, job, trainingDuration } = cell;
  const data = cell.data && { ...cell.data, ...(dataset.origin !== undefined && { origin: dataset.origin }) };
  const what = { bench: "paper", table, cell: cell.key, ...(data && { data }) } as const;
  const facts = { ...what, partition, model: cell.model, job, seed: spec.seed };
  const resultOf = (rounds: number, outcome: string, computed = ""): CellResult => ({
    ...facts,
    ...{ backend: computed, rounds, outcome, accuracy: { ...accuracy }, ...(reached && { reached }), refused },
    ...{ sentBytes, updateBytes },
    wallSeconds: rounded((performance.now() - began) / 1000),
  });
  const result = await simulate({
    ...{ spec, dataset, shards, heldOut, engines, backend, trainingDuration },
    behaviours: cell.behaviours?.(shards, spec.seed),
    onRound(round) {
      refused += round.refusals.length;
      uploads += round.updates;
      sentBytes += round.sentBytes;
      updateBytes += round.updateBytes;
      if (round.evaluation === undefined) return;
      accuracy[round.round] = round.evaluation.accuracy;
      if (trainingDuration !== undefined) reached = { uploads, virtualSeconds: Math.round(round.virtualMs / 1_000) };
      say(`${named.name}: round ${round.round}/${spec.rounds}: ${round.evaluation.accuracy}`);
      onScore?.(resultOf(round.round, UNENDED));
    },
  });
  return resultOf(result.rounds.length, told(result.outcome), result.backend);
}

async function imagesOf(data: CellData | undefined, split: Split, { dataDir }: RunOptions): Promise<ImageSet> {
  const from: DatasetOptions = dataDir === undefined ? {} : { dataDir };
  const all = await openDataset(data?.name ?? "mnist", split, from);
  if (data === undefined) return all;
  const wanted = data[split];
  if (wanted > all.count)
    throw new TributaryError("invalid_request", `${all.name} has ${all.count} images to ${split}, not ${wanted}`);
  return subset(
    all,
    Int32Array.from({ length: wanted }, (_, place) => place),
  );
}

/** "accuracy", "rounds", or why it stood still. */
const told = (outcome: SimulationOutcome): string =>
  outcome.kind === "cancelled"
    ? outcome.kind
    : outcome.kind === "completed"
      ? outcome.reason
      : `${outcome.kind}: ${outcome.reason}`;
