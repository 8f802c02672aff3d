export type { JobNotice, JobSpecInput, JobView, RoundView, WorkerView } from "@tributary/federation";
export { TributaryError } from "@tributary/protocol";
export {
  type CreateOptions,
  type JobListQuery,
  type JobRef,
  type LogsQuery,
  type ModelFormat,
  type PageQuery,
  type RoundPageQuery,
  type SeriesQuery,
  TributaryClient,
  type Version,
} from "./client.js";
export type { ClientOptions } from "./http.js";
export type { JobWatchOptions, WatchOptions } from "./watch.js";
