import { boundChecksum, checksum, contentChecksum } from "./checksum.js";
import { fromWire, TributaryError, toTributaryError, toWire } from "./errors.js";
import {
  CHUNK_BYTES,
  CHUNKS_PER_MESSAGE,
  type EventSpec,
  type EventTable,
  type Exchange,
  type Exchanges,
} from "./events.js";
import { v1 } from "./proto.js";

/** What this file needs of a Socket.IO socket, the server's or the client's. */
export interface SocketLike {
  readonly connected: boolean;
  emit(event: string, ...args: unknown[]): unknown;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  once(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}

export interface CallOptions {
  /** How long the acknowledgement may take, ms. Default 30,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Told each time that the request, or its answer, was damaged on its way. */
  readonly onDamaged?: () => void;
}

/** An answer that is encoded already, as a whole `Reply`: it is sent without being copied. */
export class EncodedReply {
  #content: number | undefined;

  constructor(readonly bytes: Uint8Array) {}

  /** Bound to a request. The bytes are looked through once, however many are sent them. */
  checksum(purpose: string): number {
    this.#content ??= contentChecksum(this.bytes);
    return boundChecksum(purpose, this.#content);
  }
}

type Answer<E extends Exchange> = E["sentReply"] | EncodedReply;
type Handler<E extends Exchange> = (request: E["request"]) => Promise<Answer<E>> | Answer<E>;

/**
 * Typed requests over a Socket.IO socket. Each event carries one encoded message and its checksum, and is acknowledged by a
 * `Reply`, the encoded answer or an error of the catalogue, and its checksum. An error is thrown at the caller as the same
 * `TributaryError`. What was damaged on its way is sent again: every request may come twice.
 */
export interface Channel<Incoming extends Exchanges, Outgoing extends Exchanges> {
  /**
   * @throws TributaryError what the other side threw, or `timed_out`, `disconnected`, `aborted`, `payload_too_large` (the
   *   request is too large for its event and was not sent), `invalid_message` (the answer can't be read)
   */
  call<Name extends keyof Outgoing & string>(
    name: Name,
    request: Outgoing[Name]["sentRequest"],
    options?: CallOptions,
  ): Promise<Outgoing[Name]["reply"]>;
  /** Answers `name` with what `handler` returns or throws. Input that can't be decoded is refused before `handler`. */
  handle<Name extends keyof Incoming & string>(name: Name, handler: Handler<Incoming[Name]>): void;
}

/** How often a request is sent when it, or its answer, is damaged on the way. */
const SENDINGS = 8;

/** Largest acknowledgement that is read, bytes: chunks and what is around them. */
const MAX_REPLY_BYTES = CHUNKS_PER_MESSAGE * CHUNK_BYTES + 64 * 1024;

/**
 * @param incoming what the other side may ask, `workerEvents` at the coordinator
 * @param outgoing what this side asks
 * @param onFault told of errors that are not of the catalogue, so that a log has their stack; the peer sees `internal`
 */
export function openChannel<Incoming extends Exchanges, Outgoing extends Exchanges>(
  socket: SocketLike,
  incoming: EventTable<Incoming>,
  outgoing: EventTable<Outgoing>,
  onFault: (error: TributaryError) => void = () => {},
): Channel<Incoming, Outgoing> {
  return {
    async call(name, request, options) {
      const spec = outgoing[name];
      const bytes = checkedSize(name, spec.maxBytes, spec.request.encode(request).finish());
      const sum = checksum(name, bytes);
      for (let sending = 1; ; sending++) {
        try {
          const acknowledgement = await acknowledged(socket, name, [bytes, sum], options);
          return decode(`the answer to ${name}`, spec.reply, openReply(name, acknowledgement, sum));
        } catch (error) {
          const isDamaged = error instanceof TributaryError && error.code === "message_damaged";
          if (isDamaged) options?.onDamaged?.();
          if (!isDamaged || sending === SENDINGS) throw error;
        }
      }
    },

    handle(name, handler) {
      const spec = incoming[name];
      socket.on(name, (...args: unknown[]) => {
        const acknowledge = args.at(-1);
        const sum = args[1];
        answer(name, spec, handler, args[0], sum, onFault)
          .then((reply) => {
            if (typeof acknowledge === "function") acknowledge(reply.bytes, reply.checksum(String(sum)));
          })
          .catch((thrown) => onFault(toTributaryError(thrown)));
      });
    },
  };
}

/** Sends a request and waits for its acknowledgement, whatever that holds. */
function acknowledged(
  socket: SocketLike,
  name: string,
  message: readonly [bytes: Uint8Array, sum: number],
  { timeoutMs = 30_000, signal }: CallOptions = {},
): Promise<readonly unknown[]> {
  const lost = () => new TributaryError("disconnected", `the connection was lost during ${name}`);
  const calledOff = () => new TributaryError("aborted", `${name} was called off`);
  const late = () => new TributaryError("timed_out", `no answer to ${name} within ${timeoutMs} ms`);
  return new Promise<readonly unknown[]>((resolve, reject) => {
    if (!socket.connected) return reject(lost());
    if (signal?.aborted) return reject(calledOff());
    const settle = (act: () => void) => {
      clearTimeout(timer);
      socket.off("disconnect", onDisconnect);
      signal?.removeEventListener("abort", onAbort);
      act();
    };
    const onDisconnect = () => settle(() => reject(lost()));
    const onAbort = () => settle(() => reject(calledOff()));
    const timer = setTimeout(() => settle(() => reject(late())), timeoutMs);
    socket.once("disconnect", onDisconnect);
    signal?.addEventListener("abort", onAbort);
    socket.emit(name, ...message, (...acknowledgement: unknown[]) => settle(() => resolve(acknowledgement)));
  });
}

/** What the handler makes of a request, as an encoded `Reply`. Never rejects. */
async function answer<E extends Exchange>(
  name: string,
  spec: EventSpec<E>,
  handler: Handler<E>,
  bytes: unknown,
  sum: unknown,
  onFault: (error: TributaryError) => void,
): Promise<EncodedReply> {
  try {
    if (!(bytes instanceof Uint8Array) || typeof sum !== "number")
      throw new TributaryError("invalid_message", `${name} carries no bytes, or no checksum`);
    checkedSize(name, spec.maxBytes, bytes);
    if (checksum(name, bytes) !== sum) throw damaged(name);
    const request = decode(name, spec.request, bytes);
    const answer = await handler(request);
    if (answer instanceof EncodedReply) return answer;
    return new EncodedReply(v1.Reply.encode({ ok: spec.reply.encode(answer).finish() }).finish());
  } catch (thrown) {
    const error = toTributaryError(thrown);
    if (error.code === "internal") onFault(error);
    return new EncodedReply(v1.Reply.encode({ error: toWire(error) }).finish());
  }
}

function openReply(name: string, [bytes, replySum]: readonly unknown[], sum: number): Uint8Array {
  const what = `the answer to ${name}`;
  if (!(bytes instanceof Uint8Array) || typeof replySum !== "number")
    throw new TributaryError("invalid_message", `${what} carries no bytes, or no checksum`);
  checkedSize(what, MAX_REPLY_BYTES, bytes);
  // It is bound to the request, so that an answer that comes to another one is not taken for its.
  if (checksum(String(sum), bytes) !== replySum) throw damaged(what);
  const reply = decode(what, v1.Reply, bytes);
  if (reply.error) throw fromWire(reply.error);
  return reply.ok ?? new Uint8Array();
}

const damaged = (what: string): TributaryError =>
  new TributaryError("message_damaged", `${what} was damaged on its way`);

function checkedSize(what: string, maxBytes: number, bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength > maxBytes)
    throw new TributaryError("payload_too_large", `${what} carries ${bytes.byteLength} bytes, ${maxBytes} at most`);
  return bytes;
}

/** The decoder throws on cut-off, misnested and too deeply nested bytes; it allocates no more than they are long. */
function decode<Message>(what: string, codec: { decode(bytes: Uint8Array): Message }, bytes: Uint8Array): Message {
  try {
    return codec.decode(bytes);
  } catch (cause) {
    throw new TributaryError("invalid_message", `${what} cannot be decoded`, { cause });
  }
}
