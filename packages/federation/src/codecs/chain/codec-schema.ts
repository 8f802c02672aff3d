import { TributaryError } from "@tributary/protocol";
import { z } from "zod";
import { usesErrorFeedback } from "./codec.js";
import { MAX_CODEC_LENGTH, parseCodec } from "./parse-codec.js";

/**
 * The codec of a job's updates, as a person writes it. A codec that keeps only a part of what it is given must be given the
 * change from the global model: of the parameters themselves it would set most to nothing.
 */
export const codecSchema = z
  .string()
  .min(1)
  .max(MAX_CODEC_LENGTH)
  .check(({ value, issues }) => {
    const reason = refusal(value);
    if (reason !== undefined) issues.push({ code: "custom", message: reason, input: value });
  });

function refusal(text: string): string | undefined {
  try {
    const codec = parseCodec(text);
    if (usesErrorFeedback(codec) && !codec.delta)
      return `${text}: of an update, it needs the change from the global model; write delta | ${text}`;
    return undefined;
  } catch (error) {
    if (error instanceof TributaryError) return error.message;
    throw error;
  }
}
