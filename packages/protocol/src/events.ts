import { v1 } from "./proto.js";

/** Rises when a peer of the older version could no longer be understood. */
export const PROTOCOL_VERSION = 7;

/** A protobufjs message type, as far as the socket needs it: what it encodes, and the whole message that it decodes. */
export interface Codec<Sent, Received> {
  encode(message: Sent): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Received;
}

/** The types of one event: what is asked and what the acknowledgement holds when all went well, as sent and as received. */
export interface Exchange {
  readonly sentRequest: unknown;
  readonly request: unknown;
  readonly sentReply: unknown;
  readonly reply: unknown;
}

/** One event as a value. */
export interface EventSpec<E extends Exchange> {
  readonly request: Codec<E["sentRequest"], E["request"]>;
  readonly reply: Codec<E["sentReply"], E["reply"]>;
  /** Largest encoded request that is taken, bytes. */
  readonly maxBytes: number;
}

/** The types of all events of one direction, by the event's name. */
export type Exchanges = Readonly<Record<string, Exchange>>;
export type EventTable<E extends Exchanges> = { readonly [Name in keyof E]: EventSpec<E[Name]> };

const event = <SentRequest, Request, SentReply, Reply>(
  request: Codec<SentRequest, Request>,
  reply: Codec<SentReply, Reply>,
  maxBytes = 64 * 1024,
): EventSpec<{ sentRequest: SentRequest; request: Request; sentReply: SentReply; reply: Reply }> => ({
  request,
  reply,
  maxBytes,
});

/** Length of a chunk, bytes. Only the last chunk of a blob may be shorter. */
export const CHUNK_BYTES = 256 * 1024;
/** Chunks of one transfer that may be on their way at once. */
export const CHUNKS_IN_FLIGHT = 8;
/** Most chunks that one message carries, one behind the other. */
export const CHUNKS_PER_MESSAGE = 4;

/**
 * How long the answer to a chunk may take, ms: as long as the connection lives, on a slow line minutes. The heartbeat finds the
 * dead ones.
 */
export const CHUNK_TIMEOUT_MS = 15 * 60_000;

/** What a worker sends to the coordinator. */
export const workerEvents = {
  register: event(v1.Registration, v1.Registered),
  leave: event(v1.Empty, v1.Empty),
  progress: event(v1.Progress, v1.Empty),
  log: event(v1.LogLine, v1.Empty, 4 * 1024),
  chunk: event(v1.ChunkRequest, v1.Chunk),
  uploadOpen: event(v1.UploadOpen, v1.UploadState),
  uploadChunk: event(v1.UploadChunk, v1.UploadState, CHUNKS_PER_MESSAGE * CHUNK_BYTES + 1024),
  update: event(v1.Update, v1.Empty),
  evaluation: event(v1.Evaluation, v1.Empty, 4 * 1024 * 1024),
  validation: event(v1.Validation, v1.Empty),
  failure: event(v1.Failure, v1.Empty),
} as const;

/** What the coordinator sends to a worker. */
export const coordinatorEvents = {
  assign: event(v1.Assignment, v1.Empty, 16 * 1024 * 1024),
  abort: event(v1.Abort, v1.Empty),
} as const;

type ExchangesOf<Table> = { readonly [Name in keyof Table]: Table[Name] extends EventSpec<infer E> ? E : never };
export type WorkerEvents = ExchangesOf<typeof workerEvents>;
export type CoordinatorEvents = ExchangesOf<typeof coordinatorEvents>;

type SocketEvents<E> = {
  [Name in keyof E]: (
    request: Uint8Array,
    checksum: number,
    acknowledge: (reply: Uint8Array, checksum: number) => void,
  ) => void;
};
/** Event map for `Server<WorkerToCoordinator, CoordinatorToWorker>` and `Socket<CoordinatorToWorker, WorkerToCoordinator>`. */
export type WorkerToCoordinator = SocketEvents<WorkerEvents>;
export type CoordinatorToWorker = SocketEvents<CoordinatorEvents>;
