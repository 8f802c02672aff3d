import { TributaryError } from "@tributary/protocol";
import { z } from "zod";
import { type JobSpec, jobSpecSchema } from "./job-spec.js";
import { checkJobSpec } from "./parse-job-spec.js";
import { personalisationSchema } from "./personalisation-spec.js";
import { stopSchema } from "./stop-spec.js";

const { rounds, maxRetries, retryAfterSeconds, cohort, evaluation } = jobSpecSchema.shape;
const who = cohort.unwrap().shape;
const scoring = evaluation.unwrap().shape;
const { accuracy, loss, patience, wallClockSeconds, budgetBytes } = stopSchema.shape;

/** A setting that a job need not have. */
const removable = <Schema extends z.ZodType>(setting: z.ZodOptional<Schema>) =>
  setting.unwrap().nullable().optional().describe("null: without it from now on");

/**
 * What of a JobSpec may change while the job runs: how long it waits, for how many and for whom, how far it goes, and what ends it.
 * Nothing that training sees. A setting with parts, like `stop.patience`, is given whole.
 */
export const jobChangesSchema = z
  .strictObject({
    rounds: rounds.unwrap().optional(),
    maxRetries: maxRetries.unwrap().optional(),
    retryAfterSeconds: retryAfterSeconds.unwrap().optional(),
    cohort: z
      .strictObject({
        selection: removable(who.selection),
        exclusion: removable(who.exclusion),
        minimum: who.minimum.unwrap().optional(),
        quorum: removable(who.quorum),
        minimumFraction: who.minimumFraction.unwrap().optional(),
        deadlineSeconds: who.deadlineSeconds.unwrap().optional(),
        maxAttempts: who.maxAttempts.unwrap().optional(),
        waitSeconds: who.waitSeconds.unwrap().optional(),
      })
      .optional(),
    evaluation: z.strictObject({ deadlineSeconds: scoring.deadlineSeconds.unwrap().optional() }).optional(),
    stop: z
      .strictObject({
        accuracy: removable(accuracy),
        loss: removable(loss),
        patience: removable(patience),
        wallClockSeconds: removable(wallClockSeconds),
        budgetBytes: removable(budgetBytes),
      })
      .optional(),
    personalisation: z
      .strictObject({ deadlineSeconds: personalisationSchema.shape.deadlineSeconds.unwrap().optional() })
      .optional(),
  })
  .meta({
    id: "JobChanges",
    minProperties: 1,
    description: "Settings of a job to change while it runs; the others stay",
  });

export type JobChanges = z.output<typeof jobChangesSchema>;

/**
 * A JobSpec with some settings changed, and without those that are null.
 *
 * @throws TributaryError `invalid_job_spec` when the settings do not go together: a quorum above the cohort's size
 */
export function changed(spec: JobSpec, changes: JobChanges): JobSpec {
  if (changes.personalisation !== undefined && spec.personalisation === undefined)
    throw new TributaryError("invalid_job_spec", "personalisation: the job makes no models of the workers' own");
  const sections = sectionsOf(spec, changes);
  const kept = Object.entries(sections).map(([name, section]) => [name, withoutNulls(section)]);
  return checkJobSpec({ ...spec, ...changes, ...Object.fromEntries(kept) });
}

const withoutNulls = (section: object) =>
  Object.fromEntries(Object.entries(section).filter(([, value]) => value !== null));

/** Changes after changes. */
export const mergedChanges = (earlier: JobChanges | null, later: JobChanges): JobChanges => ({
  ...earlier,
  ...later,
  ...sectionsOf(earlier ?? {}, later),
});

/** The sections that either has, with the later one's fields in place of the earlier one's. */
const sectionsOf = <Earlier extends JobChanges>(earlier: Earlier, later: JobChanges) => ({
  ...((earlier.cohort || later.cohort) && { cohort: { ...earlier.cohort, ...later.cohort } }),
  ...((earlier.evaluation || later.evaluation) && { evaluation: { ...earlier.evaluation, ...later.evaluation } }),
  ...((earlier.stop || later.stop) && { stop: { ...earlier.stop, ...later.stop } }),
  ...((earlier.personalisation || later.personalisation) && {
    personalisation: { ...earlier.personalisation, ...later.personalisation },
  }),
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
