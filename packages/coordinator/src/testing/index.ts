export { Aggregator } from "../aggregator/aggregator.js";
export { type LongJob, type LongJobOptions, makeLongJob } from "./long-job.js";
export { findPostgres, PASSWORD, PostgresServer } from "./postgres-server.js";
