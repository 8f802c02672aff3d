import { checkFit, type JobSpec, type LossSpec, lossSpecOf } from "@tributary/federation";
import type { Graph } from "@tributary/nn";
import { didYouMean, TributaryError } from "@tributary/protocol";
import type { WorkerRecord } from "../store/records.js";

/**
 * A data set that none of the known workers holds is a typing error, and so is a network that fits the samples of none of them.
 * Before any worker came both may be right.
 *
 * @throws TributaryError `unknown_dataset` naming the one that was meant, or those there are; `shape_mismatch`
 */
export function checkDataset(spec: JobSpec, graph: Graph, workers: readonly WorkerRecord[]): void {
  const { dataset } = spec;
  const trainers = workers.filter(({ role }) => role === "train");
  if (trainers.length === 0) return;
  const holders = trainers.filter((worker) => worker.dataset === dataset);
  const [first] = holders;
  if (first === undefined) {
    const known = [...new Set(trainers.map((worker) => worker.dataset))].sort();
    throw new TributaryError(
      "unknown_dataset",
      `no worker holds the data set "${dataset}"; ${didYouMean(dataset, known)}`,
    );
  }
  const loss = lossSpecOf(spec);
  if (!holders.some((worker) => fits(graph, loss, worker))) checkFit(graph, loss, first);
}

function fits(graph: Graph, loss: LossSpec, worker: WorkerRecord): boolean {
  try {
    checkFit(graph, loss, worker);
    return true;
  } catch {
    return false;
  }
}
