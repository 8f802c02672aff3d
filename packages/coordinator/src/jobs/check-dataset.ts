import type { JobSpec } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import type { WorkerRecord } from "../store/records.js";

/**
 * A data set that none of the known workers holds is a typing error. Before any worker came it may be right.
 *
 * @throws TributaryError `unknown_dataset` naming those there are
 */
export function checkDataset({ dataset }: JobSpec, workers: readonly WorkerRecord[]): void {
  const known = [...new Set(workers.filter(({ role }) => role === "train").map((worker) => worker.dataset))].sort();
  if (known.length === 0 || known.includes(dataset)) return;
  const names = known.map((name) => `"${name}"`).join(", ");
  throw new TributaryError("unknown_dataset", `no worker holds the data set "${dataset}"; there is ${names}`);
}
