import { problemSchema } from "@tributary/federation";
import { isErrorCode, TributaryError } from "@tributary/protocol";
import type { z } from "zod";

export interface ClientOptions {
  /** Address of the coordinator: "http://127.0.0.1:7300". */
  readonly url: string;
  /** The admin token. */
  readonly token: string;
  /** Instead of the global `fetch`: for certificates of one's own, proxies, tests. */
  readonly fetch?: typeof fetch;
}

export interface RequestOptions {
  readonly method?: "GET" | "POST";
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Requests to one coordinator; what it refuses becomes the same `TributaryError` here. */
export class Http {
  readonly #base: URL;

  /** @throws TributaryError `coordinator_unreachable` when the address is none */
  constructor(private readonly options: ClientOptions) {
    if (!URL.canParse(options.url) || !/^https?:$/.test(new URL(options.url).protocol))
      throw new TributaryError(
        "coordinator_unreachable",
        `"${options.url.slice(0, 100)}" is no address of a coordinator`,
        {
          hint: "Give one like http://127.0.0.1:7300.",
        },
      );
    this.#base = new URL(options.url);
  }

  /** @throws TributaryError `coordinator_unreachable`, `aborted`, what the coordinator answered; `invalid_message` when the answer is not as described */
  async json<T>(path: string, schema: z.ZodType<T>, options: RequestOptions = {}): Promise<T> {
    const response = await this.request(path, options);
    const parsed = schema.safeParse(await response.json().catch(() => undefined));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new TributaryError(
      "invalid_message",
      `the answer to ${path} is not as described: ${issue?.path.join(".")}: ${issue?.message}`,
    );
  }

  /** @throws TributaryError `coordinator_unreachable`, `aborted`, what the coordinator answered */
  async request(path: string, { method = "GET", body, headers = {}, signal }: RequestOptions = {}): Promise<Response> {
    const { token, fetch: ask = fetch } = this.options;
    let response: Response;
    try {
      response = await ask(new URL(path, this.#base), {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { "content-type": "application/json" }),
          ...headers,
        },
        redirect: "error",
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      });
    } catch (cause) {
      if (signal?.aborted) throw new TributaryError("aborted", "the request was called off");
      throw new TributaryError(
        "coordinator_unreachable",
        `no coordinator answers at ${this.#base.origin} (${reasonOf(cause)})`,
        { cause },
      );
    }
    if (!response.ok) throw await errorOf(response);
    return response;
  }
}

/** "ECONNREFUSED": fetch hides the reason one level down. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) return "code" in cause ? String(cause.code) : cause.message;
  return error instanceof Error ? error.message : "no connection";
}

async function errorOf(response: Response): Promise<TributaryError> {
  const problem = problemSchema.safeParse(await response.json().catch(() => undefined));
  if (!problem.success)
    return new TributaryError(
      "invalid_message",
      `the answer has status ${response.status} and is none of a coordinator`,
      {
        hint: "Check the address: something else may listen there.",
      },
    );
  const { code, detail, hint } = problem.data;
  return new TributaryError(isErrorCode(code) ? code : "internal", detail, { hint });
}
