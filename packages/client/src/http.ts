import { TributaryError } from "@tributary/protocol";
import type { z } from "zod";
import { answerError, lostConnection, noConnection } from "./failures.js";
import { parseJson, readText } from "./read-text.js";

export interface ClientOptions {
  /** Address of the coordinator: "http://127.0.0.1:7300". A path in it is kept: "https://example.org/tributary". */
  readonly url: string;
  /** The admin token. */
  readonly token: string;
  /** How long an answer may take, ms; a model may take longer, as long as it comes. Default 30,000. */
  readonly timeoutMs?: number;
  /** Instead of the global `fetch`: for certificates of one's own, proxies, tests. */
  readonly fetch?: typeof fetch;
}

export interface RequestOptions {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Requests to one coordinator; what it refuses becomes the same `TributaryError` here. */
export class Http {
  readonly #base: URL;
  readonly #timeoutMs: number;

  /** @throws TributaryError `coordinator_unreachable` when the address is none, `unauthorized` when the token can't be one */
  constructor(private readonly options: ClientOptions) {
    this.#base = baseOf(options.url);
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    if (!/^[\x21-\x7e]*$/.test(options.token))
      throw new TributaryError("unauthorized", "the token has characters that no token has: spaces, or line breaks");
  }

  /**
   * @throws TributaryError `coordinator_unreachable`, `disconnected`, `timed_out`, `aborted`, what the coordinator answered;
   *   `invalid_message` when the answer is not as described
   */
  async json<T>(path: string, schema: z.ZodType<T>, options: RequestOptions = {}): Promise<T> {
    const deadline = AbortSignal.timeout(this.#timeoutMs);
    const response = await this.#send(path, options, deadline);
    const text = await readText(response, path).catch((cause: unknown) => {
      throw this.#lost(cause, options.signal, deadline);
    });
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const place = issue?.path.join(".") || "it";
    throw new TributaryError(
      "invalid_message",
      `the answer to ${path} is not as described: ${place}: ${issue?.message}`,
    );
  }

  /**
   * An answer as it comes. It breaks off with `disconnected`, with `aborted`, or with `timed_out` when nothing comes for `silenceMs`.
   * @throws TributaryError `coordinator_unreachable`, `timed_out`, `aborted`, what the coordinator answered
   */
  async stream(
    path: string,
    options: RequestOptions = {},
    silenceMs: number = this.#timeoutMs,
  ): Promise<ReadableStream<Uint8Array>> {
    const deadline = new AbortController();
    const within = async <T>(ms: number, work: () => Promise<T>): Promise<T> => {
      const timer = setTimeout(() => deadline.abort(), ms);
      try {
        return await work();
      } finally {
        clearTimeout(timer);
      }
    };
    const { body } = await within(this.#timeoutMs, () => this.#send(path, options, deadline.signal));
    if (body === null) return new ReadableStream({ start: (controller) => controller.close() });
    const reader = body.getReader();
    // fetch forgets its signal in a garbage collection while the answer comes, in Node 20.
    const signals = [deadline.signal, ...(options.signal ? [options.signal] : [])];
    const stop = () => void reader.cancel().catch(() => undefined);
    const end = () => {
      for (const signal of signals) signal.removeEventListener("abort", stop);
    };
    for (const signal of signals) signal.addEventListener("abort", stop, { once: true });
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      try {
        const next = await within(silenceMs, () => reader.read());
        const calledOff = this.#calledOff(options.signal, deadline.signal);
        if (calledOff) throw calledOff;
        if (!next.done) return controller.enqueue(next.value);
        end();
        controller.close();
      } catch (cause) {
        end();
        controller.error(this.#lost(cause, options.signal, deadline.signal));
      }
    };
    const cancel = () => {
      end();
      return reader.cancel();
    };
    return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
  }

  async #send(path: string, options: RequestOptions, deadline: AbortSignal): Promise<Response> {
    const { method = "GET", body, headers = {}, signal } = options;
    const { token, fetch: ask = fetch } = this.options;
    let response: Response;
    try {
      response = await ask(new URL(path.replace(/^\//, ""), this.#base), {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { "content-type": "application/json" }),
          ...headers,
        },
        redirect: "error",
        // A browser that may send what it has would ask for a password of its own when the token is wrong.
        credentials: "omit",
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      });
    } catch (cause) {
      throw this.#calledOff(signal, deadline) ?? noConnection(this.#base.origin, cause);
    }
    if (!response.ok) throw await answerError(response);
    return response;
  }

  #lost(cause: unknown, signal: AbortSignal | undefined, deadline: AbortSignal): TributaryError {
    if (cause instanceof TributaryError) return cause;
    return this.#calledOff(signal, deadline) ?? lostConnection(cause);
  }

  #calledOff(signal: AbortSignal | undefined, deadline: AbortSignal): TributaryError | undefined {
    if (signal?.aborted) return new TributaryError("aborted", "the request was called off");
    if (!deadline.aborted) return undefined;
    return new TributaryError("timed_out", `the coordinator at ${this.#base.origin} was silent for too long`);
  }
}

/** The address as one that paths are added to. */
function baseOf(url: string): URL {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new TributaryError("coordinator_unreachable", `"${url.slice(0, 100)}" is no address of a coordinator`, {
      hint: "Give one like http://127.0.0.1:7300.",
    });
  const base = new URL(url);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return base;
}
