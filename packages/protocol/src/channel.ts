import { isErrorCode, TributaryError, toTributaryError } from "./errors.js";
import type { AnswerOf, Codec, EventTable, ReceivedRequestOf, ReplyOf, RequestOf } from "./events.js";
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
}

/**
 * Typed requests over a Socket.IO socket. Each event carries one encoded message and is acknowledged by a `Reply`: the
 * encoded answer, or an error of the catalogue, which is thrown at the caller as the same `TributaryError`.
 */
export interface Channel<Incoming extends EventTable, Outgoing extends EventTable> {
  /** @throws TributaryError what the other side threw, or `timed_out`, `disconnected`, `aborted` */
  call<Name extends keyof Outgoing & string>(
    name: Name,
    request: RequestOf<Outgoing, Name>,
    options?: CallOptions,
  ): Promise<ReplyOf<Outgoing, Name>>;
  /** Answers `name` with what `handler` returns or throws. Input that can't be decoded is refused before `handler`. */
  handle<Name extends keyof Incoming & string>(
    name: Name,
    handler: (
      request: ReceivedRequestOf<Incoming, Name>,
    ) => Promise<AnswerOf<Incoming, Name> | EncodedReply> | AnswerOf<Incoming, Name> | EncodedReply,
  ): void;
}

/** @param onFault told of errors that are not of the catalogue, so that a log has their stack; the peer sees `internal` */
export function openChannel<Incoming extends EventTable, Outgoing extends EventTable>(
  socket: SocketLike,
  incoming: Incoming,
  outgoing: Outgoing,
  onFault: (error: TributaryError) => void = () => {},
): Channel<Incoming, Outgoing> {
  return {
    call(name, request, { timeoutMs = 30_000, signal } = {}) {
      const spec = outgoing[name] as EventTable[string];
      return new Promise((resolve, reject) => {
        const finish = (act: () => void) => {
          clearTimeout(timer);
          socket.off("disconnect", lost);
          signal?.removeEventListener("abort", aborted);
          act();
        };
        const fail = (error: TributaryError) => finish(() => reject(error));
        const lost = () => fail(new TributaryError("disconnected", `the connection was lost during ${name}`));
        const aborted = () => fail(new TributaryError("aborted", `${name} was called off`));
        const timer = setTimeout(
          () => fail(new TributaryError("timed_out", `no answer to ${name} within ${timeoutMs} ms`)),
          timeoutMs,
        );
        if (!socket.connected) return lost();
        if (signal?.aborted) return aborted();
        socket.once("disconnect", lost);
        signal?.addEventListener("abort", aborted);
        socket.emit(name, spec.request.encode(request as never).finish(), (bytes: unknown) => {
          try {
            const answer = openReply(bytes);
            const decoded = spec.reply.decode(answer);
            finish(() => resolve(decoded as never));
          } catch (error) {
            fail(
              error instanceof TributaryError
                ? error
                : new TributaryError("invalid_message", `the answer to ${name} cannot be read`),
            );
          }
        });
      });
    },

    handle(name, handler) {
      const spec = incoming[name] as EventTable[string];
      socket.on(name, async (bytes: unknown, acknowledge: unknown) => {
        const reply = (encoded: Uint8Array) => {
          if (typeof acknowledge === "function") acknowledge(encoded);
        };
        try {
          const request = decodeRequest(name, spec, bytes);
          const answer = await handler(request as never);
          reply(answer instanceof EncodedReply ? answer.bytes : encodeReply(spec.reply, answer as never));
        } catch (thrown) {
          const error = toTributaryError(thrown);
          if (error.code === "internal") onFault(error);
          reply(v1.Reply.encode({ error: { code: error.code, message: error.message, hint: error.hint } }).finish());
        }
      });
    },
  };
}

function decodeRequest(name: string, spec: EventTable[string], bytes: unknown): unknown {
  if (!(bytes instanceof Uint8Array)) throw new TributaryError("invalid_message", `${name} carries no bytes`);
  if (bytes.byteLength > spec.maxBytes)
    throw new TributaryError(
      "payload_too_large",
      `${name} carries ${bytes.byteLength} bytes, ${spec.maxBytes} at most`,
    );
  try {
    return spec.request.decode(bytes);
  } catch (cause) {
    throw new TributaryError("invalid_message", `${name} cannot be decoded`, { cause });
  }
}

/** An answer that is encoded already, as a whole `Reply`: it is sent without being copied. */
export class EncodedReply {
  constructor(readonly bytes: Uint8Array) {}
}

function encodeReply(codec: Codec<never, unknown>, answer: never): Uint8Array {
  return v1.Reply.encode({ ok: codec.encode(answer).finish() }).finish();
}

function openReply(bytes: unknown): Uint8Array {
  if (!(bytes instanceof Uint8Array))
    throw new TributaryError("invalid_message", "an acknowledgement carries no bytes");
  const reply = v1.Reply.decode(bytes);
  if (reply.error) throw fromWire(reply.error);
  return reply.ok ?? new Uint8Array();
}

/** An error of the peer; a code that this version does not know becomes `internal`. */
export function fromWire({ code, message, hint }: v1.Error.$Properties): TributaryError {
  const known = code && isErrorCode(code) ? code : "internal";
  return new TributaryError(known, message || "the other side refused", hint ? { hint } : {});
}
