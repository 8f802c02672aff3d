import { v1 } from "./proto.js";

/** Rises when a peer of the older version could no longer be understood. */
export const PROTOCOL_VERSION = 1;

/** A protobufjs message type, as far as the socket needs it: what may be left out when it is sent, and what is read. */
export interface Codec<Sent, Received> {
  encode(message: Sent): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Received;
}

/** One event: what is asked, and what the acknowledgement holds when all went well. */
interface EventSpec<Request, Answer> {
  readonly request: Request;
  readonly reply: Answer;
  /** Largest encoded request that is taken, bytes. */
  readonly maxBytes: number;
}

const event = <Request, Answer>(request: Request, reply: Answer, maxBytes = 64 * 1024): EventSpec<Request, Answer> => ({
  request,
  reply,
  maxBytes,
});

/** Length of a chunk, bytes. Only the last chunk of a blob may be shorter. */
export const CHUNK_BYTES = 1024 * 1024;
/** Chunks of one transfer that may be on their way at once. */
export const CHUNKS_IN_FLIGHT = 4;

/** What a worker sends to the coordinator. */
export const workerEvents = {
  register: event(v1.Registration, v1.Registered),
  leave: event(v1.Empty, v1.Empty),
  progress: event(v1.Progress, v1.Empty),
  chunk: event(v1.ChunkRequest, v1.Chunk),
  uploadOpen: event(v1.UploadOpen, v1.UploadState),
  uploadChunk: event(v1.UploadChunk, v1.UploadState, CHUNK_BYTES + 1024),
  update: event(v1.Update, v1.Empty),
  evaluation: event(v1.Evaluation, v1.Empty, 4 * 1024 * 1024),
  failure: event(v1.Failure, v1.Empty),
} as const;

/** What the coordinator sends to a worker. */
export const coordinatorEvents = {
  assign: event(v1.Assignment, v1.Empty, 16 * 1024 * 1024),
  abort: event(v1.Abort, v1.Empty),
} as const;

export type WorkerEvents = typeof workerEvents;
export type CoordinatorEvents = typeof coordinatorEvents;
export type EventTable = Readonly<Record<string, EventSpec<Codec<never, unknown>, Codec<never, unknown>>>>;

type SentBy<Message> = Message extends { encode(message: infer Sent): unknown } ? Sent : never;
type ReceivedBy<Message> = Message extends { decode(bytes: Uint8Array): infer Received } ? Received : never;

/** What the asking side sends, and what the answering side reads. */
export type RequestOf<Table extends EventTable, Name extends keyof Table> = SentBy<Table[Name]["request"]>;
export type ReceivedRequestOf<Table extends EventTable, Name extends keyof Table> = ReceivedBy<Table[Name]["request"]>;
/** What the answering side sends, and what the asking side reads. */
export type AnswerOf<Table extends EventTable, Name extends keyof Table> = SentBy<Table[Name]["reply"]>;
export type ReplyOf<Table extends EventTable, Name extends keyof Table> = ReceivedBy<Table[Name]["reply"]>;

type SocketEvents<Table> = {
  [Name in keyof Table]: (request: Uint8Array, acknowledge: (reply: Uint8Array) => void) => void;
};
/** Event map for `Server<WorkerToCoordinator, CoordinatorToWorker>` and `Socket<CoordinatorToWorker, WorkerToCoordinator>`. */
export type WorkerToCoordinator = SocketEvents<WorkerEvents>;
export type CoordinatorToWorker = SocketEvents<CoordinatorEvents>;
