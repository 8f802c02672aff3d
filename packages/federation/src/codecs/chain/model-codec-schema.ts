import { chainSchema } from "./chain-schema.js";
import type { Codec } from "./codec.js";
import { parseCodec } from "./parse-codec.js";

/**
 * The codec of a job's models. It rounds numbers to a format that holds them in fewer bytes, and rounding twice is rounding
 * once: so the global model itself is made of such numbers, whoever has it has the same bytes, however it came, and its digest
 * proves what was unpacked.
 */
export const modelCodecSchema = chainSchema(({ delta, reduction, format }, text) =>
  !delta && reduction.kind === "dense" && (format.kind === "float16" || format.kind === "bfloat16")
    ? undefined
    : `${text}: models travel as float16 or bfloat16, each with | deflate or without; others lose a part of the model in each round`,
);

/** How the models of a job travel; undefined: as they are. */
export const modelCodecOf = ({
  codec,
}: {
  readonly codec: { readonly model?: string | undefined };
}): Codec | undefined => (codec.model === undefined ? undefined : parseCodec(codec.model));
