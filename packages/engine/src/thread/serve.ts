import { parentPort } from "node:worker_threads";
import { TributaryError } from "@tributary/protocol";
import { throwIfAborted } from "../training/turn.js";
import { type FromThread, type ToThread, toThreadError } from "./messages.js";
import { buffersOf } from "./transfer.js";

export interface ThreadCall<Progress> {
  /** Aborted when the owner calls the work off. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/**
 * The thread's side of an `EngineThread`: answers calls one after another. The result's memory moves to the owner, so the
 * handler must not keep it.
 *
 * @example
 * serveEngineThread(async (request: TrainingRequest, { signal, onProgress }) => {
 *   const backend = await openBackend();
 *   return train(backend, request.graph, request.parameters, batches, request.settings, { signal, onProgress });
 * });
 *
 * @throws TributaryError `internal` outside of a thread
 */
export function serveEngineThread<Request, Result, Progress = never>(
  handler: (request: Request, call: ThreadCall<Progress>) => Promise<Result>,
): void {
  const port = parentPort;
  if (port === null) throw new TributaryError("internal", "serveEngineThread was called outside of a thread");
  const send = (message: FromThread<Result, Progress>, transfer: ArrayBuffer[] = []) =>
    port.postMessage(message, transfer);
  const controllers = new Map<number, AbortController>();

  const answer = async (call: number, request: Request, { signal }: AbortController) => {
    try {
      throwIfAborted(signal);
      const result = await handler(request, {
        signal,
        onProgress: (progress) => send({ kind: "progress", call, progress }),
      });
      send({ kind: "result", call, result }, buffersOf(result));
    } catch (error) {
      send({ kind: "error", call, error: toThreadError(error) });
    } finally {
      controllers.delete(call);
    }
  };

  let last = Promise.resolve();
  port.on("message", (message: ToThread<Request>) => {
    switch (message.kind) {
      case "call": {
        const { call, request } = message;
        const controller = new AbortController();
        controllers.set(call, controller);
        last = last.then(() => answer(call, request, controller));
        return;
      }
      case "abort":
        controllers.get(message.call)?.abort();
        return;
      default:
        message satisfies never;
    }
  });
}
