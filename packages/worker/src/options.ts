import type { BackendName } from "@tributary/engine";
import type { Logger } from "pino";
import type { MetricsAddress } from "./observability/metrics-listener.js";

/** What a worker needs to know before it starts. */
export interface WorkerOptions {
  /** Address of the coordinator: "https://coordinator.example:7300". */
  readonly coordinator: string;
  readonly joinToken: string;
  /** Unique in the federation: 1 to 64 of A-Z a-z 0-9 . _ - */
  readonly name: string;
  /** Folder of its shard. Nothing outside of it is read for samples. */
  readonly dataDir: string;
  /** Folder for models that were downloaded. */
  readonly stateDir: string;
  /** Default `train`. */
  readonly role?: "train" | "evaluate";
  /** Threads of the backend. Default 1: the same bytes on every machine. */
  readonly threads?: number;
  /** Default: TRIBUTARY_BACKEND, else `native` where it works, else `wasm`. */
  readonly backend?: BackendName;
  /** Tags that jobs may ask for, at most 20: 1 to 64 of A-Z a-z 0-9 . _ : - each. Default: none. */
  readonly tags?: readonly string[];
  /** Files of plug-ins: operators of one's own that this worker trains. Their code runs in this process. Default: none. */
  readonly plugins?: readonly string[];
  /** Stages of codecs that it takes part in; what others are needed for travels as it is. Default: all, `codecStages`. */
  readonly codecs?: readonly string[];
  /** Tell the coordinator how many samples of the shard have each class. Default: no. */
  readonly shareLabels?: boolean;
  /** PEM of a certificate authority to trust besides the system's. */
  readonly ca?: string;
  /** How long the first connection may take, ms, before the worker gives up. Default 30,000. Later ones are tried for ever. */
  readonly connectTimeoutMs?: number;
  /** Where to serve metrics for Prometheus. Default: nowhere. */
  readonly metrics?: MetricsAddress;
  /** Address of an OpenTelemetry collector that takes OTLP over HTTP, for spans of the work. Default: nothing is traced. */
  readonly otlpEndpoint?: string;
  readonly log: Logger;
}
