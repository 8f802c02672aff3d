/** What of this package runs in a browser: the API's schemas, the JobSpec and its checks, the audit log's checks. */
export * from "./api/health.js";
export * from "./api/job.js";
export * from "./api/log.js";
export * from "./api/model-version.js";
export * from "./api/notice.js";
export * from "./api/problem.js";
export * from "./api/round.js";
export * from "./api/series.js";
export * from "./api/webhook.js";
export * from "./api/worker.js";
export * from "./audit/chain.js";
export * from "./audit/entry.js";
export * from "./job/job-changes.js";
export * from "./job/job-spec.js";
export * from "./job/parse-job-spec.js";
export * from "./job/spec-differences.js";
export { scoreOfRound } from "./round/global-score.js";
export { downsample, type Point } from "./series/downsample.js";
