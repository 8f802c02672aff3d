import { TributaryError } from "@tributary/protocol";
import { z } from "zod";
import { type JobSpec, jobSpecSchema } from "./job-spec.js";
import { checkJobSpec } from "./parse-job-spec.js";

const { rounds, maxRetries, retryAfterSeconds, cohort, evaluation } = jobSpecSchema.shape;
const who = cohort.unwrap().shape;
const scoring = evaluation.unwrap().shape;

/** What of a JobSpec may change while the job runs: how long it waits, for how many, and how far it goes. Nothing that training sees. */
export const jobChangesSchema = z
  .strictObject({
    rounds: rounds.unwrap().optional(),
    maxRetries: maxRetries.unwrap().optional(),
    retryAfterSeconds: retryAfterSeconds.unwrap().optional(),
    cohort: z
      .strictObject({
        minimum: who.minimum.unwrap().optional(),
        quorum: who.quorum.unwrap().optional(),
        minimumFraction: who.minimumFraction.unwrap().optional(),
        deadlineSeconds: who.deadlineSeconds.unwrap().optional(),
        maxAttempts: who.maxAttempts.unwrap().optional(),
        waitSeconds: who.waitSeconds.unwrap().optional(),
      })
      .optional(),
    evaluation: z.strictObject({ deadlineSeconds: scoring.deadlineSeconds.unwrap().optional() }).optional(),
  })
  .meta({ id: "JobChanges", description: "Settings of a job to change while it runs; the others stay" });

export type JobChanges = z.output<typeof jobChangesSchema>;

/**
 * A JobSpec with some settings changed.
 *
 * @throws TributaryError `invalid_job_spec` when the settings do not go together: a quorum above the cohort's size
 */
export const changed = (spec: JobSpec, changes: JobChanges): JobSpec =>
  checkJobSpec({
    ...spec,
    ...changes,
    cohort: { ...spec.cohort, ...changes.cohort },
    evaluation: { ...spec.evaluation, ...changes.evaluation },
  });

/** Changes after changes. */
export const mergedChanges = (earlier: JobChanges | null, later: JobChanges): JobChanges => ({
  ...earlier,
  ...later,
  ...((earlier?.cohort || later.cohort) && { cohort: { ...earlier?.cohort, ...later.cohort } }),
  ...((earlier?.evaluation || later.evaluation) && { evaluation: { ...earlier?.evaluation, ...later.evaluation } }),
});

/**
 * Reads changes that came from outside.
 *
 * @throws TributaryError `invalid_job_spec` naming the first wrong field
 */
export function parseJobChanges(value: unknown): JobChanges {
  const parsed = jobChangesSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new TributaryError("invalid_job_spec", `${issue?.path.join(".") || "the changes"}: ${issue?.message}`);
  }
  if (Object.keys(parsed.data).length === 0) throw new TributaryError("invalid_job_spec", "no setting is named");
  return parsed.data;
}
