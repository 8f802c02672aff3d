import { nearest, oneLine, TributaryError } from "@tributary/protocol";
import type { Store } from "../store/store.js";

/** Jobs, the newest, among which the one that was meant is looked for. */
const COMPARED = 100;

/** The error about a job that there is not: it names the one that was meant, by its id or by its name. */
export async function unknownJob(store: Store, id: string): Promise<TributaryError> {
  const jobs = await store.jobs({ limit: COMPARED });
  const near = nearest(
    id,
    jobs.flatMap((job) => [job.id, job.name]),
  );
  const meant = jobs.find((job) => job.id === near || job.name === near);
  const end = meant === undefined ? "" : `; did you mean ${meant.id} (${oneLine(meant.name)})?`;
  return new TributaryError("not_found", `there is no job ${oneLine(id)}${end}`);
}
