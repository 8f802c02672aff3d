export { type CreateOptions, type JobListQuery, type LogsQuery, TributaryClient, type Version } from "./client.js";
export type { ClientOptions } from "./http.js";
export type { WatchOptions } from "./watch.js";
