import { TributaryError } from "@tributary/protocol";

/** Whether nothing was sent. */
export const isEmpty = (body: unknown): boolean => body === undefined || body === null || body === "";

/** @throws TributaryError `invalid_request` when there is no body */
export function textOf(body: unknown, what = "a JobSpec as JSON or YAML"): string {
  if (typeof body === "string" && body.trim() !== "") return body;
  throw new TributaryError("invalid_request", `the body must be ${what}`);
}

/** @throws TributaryError `invalid_request` */
export function jsonOf(body: unknown): unknown {
  try {
    return JSON.parse(textOf(body, "an object as JSON"));
  } catch (cause) {
    throw new TributaryError("invalid_request", "the body must be an object as JSON", { cause });
  }
}
