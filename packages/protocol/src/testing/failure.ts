import { expect } from "vitest";
import type { ErrorCode } from "../errors.js";

/** Matches a `TributaryError` with this code. */
export const failure = (code: ErrorCode): unknown => expect.objectContaining({ name: "TributaryError", code });
