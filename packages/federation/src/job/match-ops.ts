import type { Graph } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import { type JobSpec, workersNeeded } from "./job-spec.js";

/** A worker as far as ops matter. */
export interface OpsOfWorker {
  readonly name: string;
  readonly role: "train" | "evaluate";
  readonly dataset: string;
  /** Names of the ops that its backend trains. */
  readonly ops: readonly string[];
}

/** Names in one message. */
const MOST_NAMED = 10;

/** The ops of a network that a worker does not train, sorted. None: it can work for the job. */
export function opsLacking({ nodes }: Graph, ops: readonly string[]): string[] {
  const trained = new Set(ops);
  return [...new Set(nodes.map(({ op }) => op))].filter((op) => !trained.has(op)).sort();
}

/**
 * Whether the workers that are there train what a job's network is made of. Where too few are there to tell, the job may wait
 * for others; where there would be enough, and too few of them train every op, it could only wait for nothing.
 *
 * @param workers those that are connected
 * @throws TributaryError `ops_unsupported` naming the ops and the workers
 */
export function checkOps(spec: JobSpec, graph: Graph, workers: readonly OpsOfWorker[]): void {
  const holders = workers.filter(({ dataset }) => dataset === spec.dataset);
  const needed = workersNeeded(spec);
  const trainers = holders.filter(({ role }) => role === "train");
  if (trainers.length >= needed) refuseBelow(needed, graph, trainers, "train");
  const evaluators = holders.filter(({ role }) => role === "evaluate");
  if (spec.evaluation.every > 0 && evaluators.length > 0) refuseBelow(1, graph, evaluators, "run");
}

function refuseBelow(needed: number, graph: Graph, workers: readonly OpsOfWorker[], verb: string): void {
  const unable = workers
    .map(({ name, ops }) => ({ worker: name, ops: opsLacking(graph, ops) }))
    .filter(({ ops }) => ops.length > 0);
  const able = workers.length - unable.length;
  if (able >= needed) return;
  throw new TributaryError(
    "ops_unsupported",
    `${able} of the ${needed} workers that are needed ${verb} every op of ${graph.name}; ${describeUnable(unable, verb)}`,
  );
}

/** "bob does not train acme.swish, rnn; carl does not train rnn". */
export function describeUnable(
  unable: readonly { readonly worker: string; readonly ops: readonly string[] }[],
  verb = "train",
): string {
  const lines = unable.slice(0, MOST_NAMED).map(({ worker, ops }) => `${worker} does not ${verb} ${some(ops)}`);
  const more = unable.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}

function some(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return [...names.slice(0, MOST_NAMED), ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}
