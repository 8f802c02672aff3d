import { isOver, type JobView } from "@tributary/federation";

/** The newest committed round of a job, and the one that it began after. */
const roundsOf = ({ model, spec }: JobView) => ({ done: model?.round ?? 0, first: spec.from?.round ?? 0 });

/** How much of its rounds a job has done, 0 to 1. */
export const doneFraction = (job: JobView): number =>
  job.status === "completed" ? 1 : Math.min(1, roundsOf(job).done / job.spec.rounds);

/** How long a running job will take until its last round, at the pace so far, ms; undefined before there is a pace. */
export function timeLeft(job: JobView): number | undefined {
  const { done, first } = roundsOf(job);
  if (isOver(job.status) || job.status !== "running" || job.startedAt === null || job.model === null || done <= first)
    return undefined;
  const spent = Date.parse(job.model.createdAt) - Date.parse(job.startedAt);
  return Math.max(0, (spent / (done - first)) * (job.spec.rounds - done));
}
