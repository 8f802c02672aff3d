export { Aggregator } from "../aggregator/aggregator.js";
export { type LongJob, type LongJobOptions, makeLongJob } from "./long-job.js";
export { Peer, type PeerOptions } from "./peer.js";
export { findPostgres, PASSWORD, PostgresServer } from "./postgres-server.js";
export { type ReplayedJob, type ReplayedVersion, replay } from "./replay.js";
