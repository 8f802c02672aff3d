import type { LevelWithSilent } from "pino";

/** Bounds on what strangers may ask for. */
export interface Limits {
  /** Largest body of an HTTP request, bytes. Default 4 MiB. */
  readonly bodyBytes: number;
  /** HTTP requests that one address may send in a minute. Default 6,000. */
  readonly requestsPerMinute: number;
  /** Connections of workers at once. Default 1,000. */
  readonly workers: number;
  /** Connections at once beside those of workers, on the same port: further ones are closed unheard. Default 1,000. */
  readonly httpConnections: number;
  /** How long the headers of a request may take to come, from the first byte or the connection on, ms. Default 15,000. */
  readonly headersMs: number;
  /** How long a whole request may take to come, ms. Default 60,000. */
  readonly requestMs: number;
}

/** Default of `diskReserveBytes`. */
export const DISK_RESERVE_BYTES = 64 * 1024 * 1024;

export const defaultLimits: Limits = {
  bodyBytes: 4 * 1024 * 1024,
  requestsPerMinute: 6_000,
  workers: 1_000,
  httpConnections: 1_000,
  headersMs: 15_000,
  requestMs: 60_000,
};

export interface CoordinatorOptions {
  /** Folder for the database, blobs and tokens. It is made when it is not there. */
  readonly dataDir: string;
  /**
   * Jobs, their journals and all other tables on a PostgreSQL server, instead of in the data folder: blobs and tokens stay
   * there. `postgres://user:password@host:5432/database`. A database belongs to one coordinator at a time.
   */
  readonly databaseUrl?: string | undefined;
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 7300; 0 takes any free port. */
  readonly port?: number | undefined;
  /** Paths of a certificate and its key, PEM. Without them: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /**
   * Origins of pages that may use the API from a browser, with the admin token: "https://notebook.example". Exact ones, never `*`.
   * Default: none but the coordinator's own.
   */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Default "info". Logs are lines of JSON on the standard error. */
  readonly logLevel?: LevelWithSilent | undefined;
  /** Instead of the one in the data folder. Default: the variable TRIBUTARY_ADMIN_TOKEN, if it is set. */
  readonly adminToken?: string | undefined;
  /** Instead of the one in the data folder. Default: the variable TRIBUTARY_JOIN_TOKEN, if it is set. */
  readonly joinToken?: string | undefined;
  /**
   * Room on the disk of the data folder that only what is under way may use, bytes. With less, no updates and no jobs are taken
   * until there is room again. Default 64 MiB.
   */
  readonly diskReserveBytes?: number | undefined;
  /**
   * Whether accepted updates stay on the disk after their round, for audits. Default false: no single worker's update stays. What
   * was kept goes at the first start without it.
   */
  readonly keepUpdates?: boolean | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /** Files of plug-ins: operators of one's own that graphs may name. Their code runs in this process. */
  readonly plugins?: readonly string[] | undefined;
  /** Address of an OpenTelemetry collector that takes OTLP over HTTP, for a trace of each round. Default: nothing is traced. */
  readonly otlpEndpoint?: string | undefined;
  /** Told how large a job's model is, bytes, whenever a job begins or goes on: for whoever fits the process to it. */
  readonly onModel?: ((bytes: number) => void) | undefined;
  /** Calls the start off, until the coordinator listens: what was opened is closed. */
  readonly signal?: AbortSignal | undefined;
}
