import { type ErrorCode, isErrorCode, TributaryError } from "@tributary/protocol";

/** From the owner of an engine thread to the thread. */
export type ToThread<Request> =
  | { readonly kind: "call"; readonly call: number; readonly request: Request }
  | { readonly kind: "abort"; readonly call: number };

/** From an engine thread to its owner. */
export type FromThread<Result, Progress> =
  | { readonly kind: "progress"; readonly call: number; readonly progress: Progress }
  | { readonly kind: "result"; readonly call: number; readonly result: Result }
  | { readonly kind: "error"; readonly call: number; readonly error: ThreadError };

/** An error as structured clone can carry it, which keeps no class but Error's own. */
export interface ThreadError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly cause?: Error;
}

/** What is not an error of the catalogue becomes `training_failed`, itself kept as the cause. */
export function toThreadError(thrown: unknown): ThreadError {
  if (thrown instanceof TributaryError) {
    const { code, message, hint, cause } = thrown;
    return { code, message, hint, ...(cause instanceof Error && { cause: plain(cause) }) };
  }
  const cause = plain(thrown instanceof Error ? thrown : new Error(String(thrown)));
  return { code: "training_failed", message: "the engine thread failed", cause };
}

export function fromThreadError({ code, message, hint, cause }: ThreadError): TributaryError {
  const known = isErrorCode(code) ? code : "training_failed";
  return new TributaryError(known, message, { ...(hint !== undefined && { hint }), cause });
}

/** Name, message and stack: an error may hold what can't be cloned. */
function plain({ name, message, stack }: Error): Error {
  const copy = new Error(message);
  copy.name = name;
  if (stack !== undefined) copy.stack = stack;
  return copy;
}
