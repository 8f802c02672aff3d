import { TributaryError } from "@tributary/protocol";
import { z } from "zod";
import type { Codec } from "./codec.js";
import { MAX_CODEC_LENGTH, parseCodec } from "./parse-codec.js";

/**
 * The text of a chain, as a person writes it.
 *
 * @param refusal why a chain that can be read is not allowed here; undefined: it is
 */
export const chainSchema = (refusal: (codec: Codec, text: string) => string | undefined) =>
  z
    .string()
    .min(1)
    .max(MAX_CODEC_LENGTH)
    .check(({ value, issues }) => {
      const reason = reasonOf(value, refusal);
      if (reason !== undefined) issues.push({ code: "custom", message: reason, input: value });
    });

function reasonOf(text: string, refusal: (codec: Codec, text: string) => string | undefined): string | undefined {
  try {
    return refusal(parseCodec(text), text);
  } catch (error) {
    if (error instanceof TributaryError) return error.message;
    throw error;
  }
}
