import type { TributaryClient } from "@tributary/client";
import { browserBackend, exportTfjs } from "@tributary/engine/browser";
import type { JobView } from "@tributary/federation";
import { decodeSafetensors } from "@tributary/nn";
import { graphOf } from "../../data/graph-of.js";

/** A version for TensorFlow.js, a zip. The page makes it: the coordinator loads no TensorFlow.js. */
export async function tfjsFile(client: TributaryClient, job: JobView, round: number): Promise<Uint8Array<ArrayBuffer>> {
  const parameters = decodeSafetensors(await client.models.fetch(job.id, round));
  const metadata = { job: job.id, round: String(round) };
  return exportTfjs(await browserBackend(), graphOf(job), parameters, { metadata });
}
