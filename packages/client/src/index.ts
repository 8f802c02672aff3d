export {
  type CreateOptions,
  type JobListQuery,
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
