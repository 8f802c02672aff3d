export type { JobNotice, JobSpecInput, JobView, RoundView, WorkerView } from "@tributary/federation";
export { TributaryError } from "@tributary/protocol";
export { TributaryClient } from "./client.js";
export type { ClientOptions } from "./http.js";
export type {
  CreateOptions,
  JobListQuery,
  JobRef,
  LogsQuery,
  ModelFormat,
  PageQuery,
  RoundPageQuery,
  SeriesQuery,
  Version,
} from "./queries.js";
export type { JobWatchOptions, WatchOptions } from "./watch.js";
