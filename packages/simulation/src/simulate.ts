import { availableParallelism } from "node:os";
import { type Dataset, type PartitionSpec, partition, type Transform } from "@tributary/data";
import type { BackendName } from "@tributary/engine";
import { checkOps, type JobSpec, modelCodecOf, opsLacking, roundedModel } from "@tributary/federation";
import { type Graph, initialise, loadPlugin } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import { parametersIn, writeParameters } from "./aggregator/vector.js";
import { checkSimulation } from "./check.js";
import type { EnginePool } from "./engines/engine-pool.js";
import { sharedDataset } from "./engines/shared-dataset.js";
import type { SimulatedRound, SimulationResult } from "./report.js";
import type { Behaviour } from "./run/behaviour.js";
import { EVALUATOR, VirtualFederation } from "./run/virtual-federation.js";
import type { TrainingDuration, VirtualShard } from "./run/virtual-worker.js";

export interface SimulationOptions {
  readonly spec: JobSpec;
  /** What is dealt out; of the name that `spec.dataset` says. */
  readonly dataset: Dataset;
  /** Who holds what of it: `virtualShards`. */
  readonly shards: readonly VirtualShard[];
  /** What the global model is scored on. Absent: there is no evaluator, as in a federation that has none. */
  readonly heldOut?: Dataset | undefined;
  /** What is done to samples that are trained on. Default: they are normalised. */
  readonly transforms?: readonly Transform[] | undefined;
  /** Default: native where it works, else wasm. */
  readonly backend?: BackendName | undefined;
  /** Virtual workers that train at once, each on a thread. Default: as many as there are cores. It changes no byte. */
  readonly engines?: number | undefined;
  /** Files of plug-ins with operators of one's own. */
  readonly plugins?: readonly string[] | undefined;
  /** Chance that a selected worker does not answer in an attempt, from 0 to 1. Default 0. */
  readonly dropout?: number | undefined;
  /** How long virtual workers take, which says in what order their updates come. Default: no time. */
  readonly trainingDuration?: TrainingDuration | undefined;
  /** How some virtual workers do otherwise than they are asked, by name. Default: all do as they are asked. */
  readonly behaviours?: ReadonlyMap<string, Behaviour> | undefined;
  /** Cancels the job; the result then has what there is. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each round that made a model. */
  readonly onRound?: ((round: SimulatedRound) => void) | undefined;
}

/**
 * The virtual workers of a partition, with the names and samples that `tributary data partition` gives its shards.
 *
 * @param names default worker-0, worker-1, …
 * @throws TributaryError `invalid_request` when the spec asks for what the data set can't give, or there is another number of names
 */
export function virtualShards(
  set: Dataset,
  spec: PartitionSpec,
  seed: number,
  names?: readonly string[],
): VirtualShard[] {
  const parts = partition(set, spec, seed);
  if (names !== undefined && names.length !== parts.length)
    throw new TributaryError("invalid_request", `${names.length} names for ${parts.length} shards`);
  return parts.map((indices, index) => ({ name: names?.[index] ?? `worker-${index}`, indices }));
}

/**
 * Runs a job in this process: the round machine, strategies and engine of a deployed one, virtual workers over a partition, no
 * sockets, virtual time. The same spec, shards and backend give the digest of the deployed run.
 *
 * @example
 * const dataset = await mnist("train");
 * const shards = virtualShards(dataset, { kind: "iid", shards: 100 }, 1);
 * const { outcome, model } = await simulate({ spec, dataset, shards, heldOut: await mnist("test") });
 *
 * @throws TributaryError `invalid_job_spec`, `wrong_dataset`, `shape_mismatch`, `ops_unsupported`, `invalid_request`,
 *   `backend_unavailable`, `plugin_invalid`
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { spec, dataset, heldOut, signal, onRound, dropout = 0, behaviours = new Map(), trainingDuration } = options;
  for (const plugin of options.plugins ?? []) await loadPlugin(plugin);
  const graph = checkSimulation(options);
  const shards = byName(options.shards);
  if (!(dropout >= 0 && dropout <= 1)) throw new TributaryError("invalid_request", `dropout is ${dropout}, not 0 to 1`);
  const { median = 1, sigma = 0 } = trainingDuration ?? {};
  if (!(median > 0 && median <= 1e6 && sigma >= 0 && sigma <= 5))
    throw new TributaryError("invalid_request", "trainingDuration: median is above 0 and at most 1e6 s, sigma 0 to 5");
  const stranger = [...behaviours.keys()].find((name) => !shards.has(name));
  if (stranger !== undefined)
    throw new TributaryError("invalid_request", `there is no virtual worker ${stranger} to behave`);
  await using engines = await enginesFor(options, graph);
  const opened = await engines?.open();
  const lacks = opened === undefined ? [] : opsLacking(graph, opened.ops);
  const facts = { dataset: spec.dataset, ops: opened?.ops ?? graph.nodes.map(({ op }) => op) };
  checkOps(
    spec,
    graph,
    [...shards.keys()].map((name) => ({ name, role: "train", ...facts })),
  );
  const rounds: SimulatedRound[] = [];
  const federation = new VirtualFederation({
    ...{ spec, graph, shards, engines, lacks, dropout, behaviours, trainingDuration, backend: opened?.backend },
    labels: dataset.labels,
    heldOut: heldOut?.count ?? 0,
    onRound(round) {
      rounds.push(round);
      onRound?.(round);
    },
  });
  const codec = modelCodecOf(spec);
  const drawn = initialise(graph, spec.seed);
  const initial = codec === undefined ? drawn : roundedModel(codec, drawn);
  const outcome = await federation.run((model) => writeParameters(initial, model), signal);
  const { version, values } = federation.model;
  if (version === undefined) throw new TributaryError("internal", "the job ended before it began");
  return {
    ...{ outcome, rounds, virtualMs: federation.virtualMs, backend: opened?.backend, personal: federation.personal },
    model: { round: version.round, digest: version.digest, parameters: parametersIn(graph, new Float32Array(values)) },
  };
}

function byName(shards: readonly VirtualShard[]): ReadonlyMap<string, VirtualShard> {
  const named = new Map(shards.map((shard) => [shard.name, shard]));
  if (named.size !== shards.length) throw new TributaryError("invalid_request", "two virtual workers have one name");
  if (named.has(EVALUATOR)) throw new TributaryError("invalid_request", `no virtual worker can be named ${EVALUATOR}`);
  return named;
}

/** None where nothing is computed and no backend is asked for: TensorFlow is not even loaded. */
async function enginesFor(options: SimulationOptions, graph: Graph): Promise<EnginePool | undefined> {
  const { spec, dataset, heldOut, transforms, backend, plugins = [], engines = availableParallelism() } = options;
  if (!Number.isInteger(engines) || engines < 1 || engines > 1_024)
    throw new TributaryError("invalid_request", `engines must be a whole number from 1 to 1024, not ${engines}`);
  const { training, evaluation, cohort } = spec;
  const computes = !training.idle || heldOut !== undefined || evaluation.workers !== undefined;
  if (!computes && cohort.backend === undefined) return undefined;
  const { EnginePool } = await import("./engines/engine-pool.js");
  const settings = {
    ...{ training: spec.training, strategy: spec.strategy, schedules: spec.schedules },
    ...{ graph, seed: spec.seed, transforms, backend, plugins },
    dataset: sharedDataset(dataset),
    heldOut: heldOut && sharedDataset(heldOut),
    evaluationBatchSize: spec.evaluation.batchSize,
  };
  return new EnginePool(settings, engines);
}
