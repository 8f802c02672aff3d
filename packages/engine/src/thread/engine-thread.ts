import { SHARE_ENV, Worker } from "node:worker_threads";
import { TributaryError } from "@tributary/protocol";
import { throwIfAborted } from "../training/turn.js";
import { type FromThread, fromThreadError, type ToThread } from "./messages.js";

export interface EngineThreadOptions {
  /** What the entry file finds as `workerData` of `node:worker_threads`. */
  readonly workerData?: unknown;
  /** Shown by debuggers. */
  readonly name?: string;
}

export interface CallOptions<Progress> {
  /** Passed on to the thread, which stops at the next batch; the call then rejects with `aborted`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Memory that moves to the thread instead of being copied; see `buffersOf`. It is empty here afterwards. */
  readonly transfer?: readonly ArrayBuffer[];
}

interface PendingCall<Result, Progress> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: TributaryError) => void;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/**
 * A thread that computes, so that the event loop of its owner, with its sockets and timers, never stalls. Its entry file
 * calls `serveEngineThread`. Calls are answered one after another, in order.
 *
 * The thread shares this process' environment, without which the number of threads of the native backend could not be
 * set. A fault of native code ends the whole process, as it would anywhere.
 */
export class EngineThread<Request, Result, Progress = never> {
  readonly #worker: Worker;
  readonly #pending = new Map<number, PendingCall<Result, Progress>>();
  #calls = 0;
  #ended: TributaryError | undefined;

  /** @param entry the module to run: `new URL("./training-thread.js", import.meta.url)` */
  constructor(entry: URL, { workerData, name }: EngineThreadOptions = {}) {
    this.#worker = new Worker(entry, { env: SHARE_ENV, workerData, ...(name !== undefined && { name }) });
    this.#worker.on("message", (message: FromThread<Result, Progress>) => this.#receive(message));
    this.#worker.on("error", (cause: Error) =>
      this.#end(new TributaryError("training_failed", "the engine thread crashed", { cause })),
    );
    this.#worker.on("exit", (code) =>
      this.#end(new TributaryError("training_failed", `the engine thread ended with exit code ${code}`)),
    );
  }

  /**
   * Has the thread answer one request.
   * @throws TributaryError what the thread's handler threw; `aborted`; `training_failed` when the thread is gone
   */
  async call(request: Request, { signal, onProgress, transfer = [] }: CallOptions<Progress> = {}): Promise<Result> {
    throwIfAborted(signal);
    if (this.#ended !== undefined) throw this.#ended;
    const call = this.#calls++;
    const abort = () => this.#send({ kind: "abort", call });
    try {
      return await new Promise<Result>((resolve, reject) => {
        this.#pending.set(call, { resolve, reject, onProgress });
        this.#send({ kind: "call", call, request }, transfer);
        signal?.addEventListener("abort", abort, { once: true });
      });
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#pending.delete(call);
    }
  }

  /** Ends the thread at once, whatever it does; open calls reject with `aborted`. */
  async terminate(): Promise<void> {
    this.#end(new TributaryError("aborted", "the engine thread was stopped"));
    await this.#worker.terminate();
  }

  #send(message: ToThread<Request>, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, [...transfer]);
  }

  #receive(message: FromThread<Result, Progress>): void {
    const pending = this.#pending.get(message.call);
    switch (message.kind) {
      case "progress":
        pending?.onProgress?.(message.progress);
        return;
      case "result":
        pending?.resolve(message.result);
        return;
      case "error":
        pending?.reject(fromThreadError(message.error));
        return;
      default:
        message satisfies never;
    }
  }

  #end(reason: TributaryError): void {
    this.#ended ??= reason;
    for (const { reject } of this.#pending.values()) reject(this.#ended);
  }
}
