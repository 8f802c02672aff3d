import { TributaryError } from "@tributary/protocol";

const HINT = "Encode with the codec that was agreed on, and send it again.";

/** Bytes that no encoder wrote. */
export const damaged = (message: string, cause?: unknown): TributaryError =>
  new TributaryError("file_invalid", `not an encoded update: ${message}`, { hint: HINT, cause });

/** Bytes that hold NaN or infinity. */
export const notFinite = (message: string): TributaryError =>
  new TributaryError("update_not_finite", `not an encoded update: ${message}`, { hint: HINT });
