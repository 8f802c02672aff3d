import { TributaryError } from "@tributary/protocol";
import { z } from "zod";
import type { Codec } from "./codec.js";
import { MAX_CODEC_LENGTH, parseCodec } from "./parse-codec.js";

/**
 * The codec of a job's models. It rounds numbers to a format that holds them in fewer bytes, and rounding twice is rounding
 * once: so the global model itself is made of such numbers, whoever has it has the same bytes, however it came, and its digest
 * proves what was unpacked.
 */
export const modelCodecSchema = z
  .string()
  .min(1)
  .max(MAX_CODEC_LENGTH)
  .check(({ value, issues }) => {
    const reason = refusal(value);
    if (reason !== undefined) issues.push({ code: "custom", message: reason, input: value });
  });

function refusal(text: string): string | undefined {
  try {
    const { delta, reduction, format } = parseCodec(text);
    if (!delta && reduction.kind === "dense" && (format.kind === "float16" || format.kind === "bfloat16"))
      return undefined;
    return `${text}: models travel as float16 or bfloat16, each with | deflate or without; others lose a part of the model in each round`;
  } catch (error) {
    if (error instanceof TributaryError) return error.message;
    throw error;
  }
}

/** How the models of a job travel; undefined: as they are. */
export const modelCodecOf = ({
  codec,
}: {
  readonly codec: { readonly model?: string | undefined };
}): Codec | undefined => (codec.model === undefined ? undefined : parseCodec(codec.model));
