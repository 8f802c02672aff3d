import { dirname, resolve } from "node:path";
import type { TributaryClient } from "@tributary/client";
import { checkJobSpec, type JobSpec, parseJobSpec } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { isFileName, readGraph } from "./models/read-graph.js";
import { readText } from "./options.js";

/**
 * The JobSpec of a file. A model that is named as a file is read, from the folder of the JobSpec on: the spec then holds its graph.
 *
 * @throws TributaryError `file_unreadable`, `invalid_job_spec`; of the model's file `file_invalid`, `invalid_graph`, `shape_mismatch`
 */
export async function readJobFile(file: string): Promise<JobSpec> {
  const spec = parseJobSpec(await readText(file, "the JobSpec"), { file });
  const { model } = spec;
  if (typeof model !== "string" || !isFileName(model)) return spec;
  return { ...spec, model: { graph: { ...(await readGraph(resolve(dirname(file), model))) } } };
}

/**
 * The JobSpec of a file, or that of the job that it goes on from.
 *
 * @param from "job@round", where the round may be `latest`
 * @throws TributaryError what `readJobFile` throws, `invalid_job_spec`, and what the coordinator refuses with
 */
export async function readSpec(
  client: TributaryClient,
  file: string | undefined,
  from: string | undefined,
): Promise<JobSpec> {
  const own = file === undefined ? undefined : await readJobFile(file);
  if (from === undefined) {
    if (own !== undefined) return own;
    throw new TributaryError("invalid_job_spec", "neither a file nor --from is given", {
      hint: "Give the JobSpec's file, or a job to go on from: --from JOB@ROUND.",
    });
  }
  const [, job = "", round = ""] = /^([^@]+)@(\d{1,7}|latest)$/.exec(from) ?? [];
  if (job === "")
    throw new TributaryError("invalid_job_spec", `--from ${from}: a job's id, @, and a round or "latest" are wanted`);
  const other = await client.jobs.get(job);
  const newest = other.model?.round;
  if (round === "latest" && newest === undefined) throw new TributaryError("not_found", `job ${job} has no model yet`);
  return checkJobSpec({ ...(own ?? other.spec), from: { job, round: round === "latest" ? newest : Number(round) } });
}
