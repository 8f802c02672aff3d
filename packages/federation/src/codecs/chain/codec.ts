/** What is sent of a tensor: all of it, some of its values, or two thin factors of it. */
export type Reduction =
  | { readonly kind: "dense" }
  /** The largest by magnitude, this fraction of a tensor's values. */
  | { readonly kind: "topk"; readonly fraction: number }
  /** Values at places drawn from the job's seed, this fraction of a tensor's values. */
  | { readonly kind: "randomk"; readonly fraction: number }
  /** Two factors of at most this rank. */
  | { readonly kind: "powersgd"; readonly rank: number };

/** How the numbers that are sent are written. */
export type NumberFormat =
  | { readonly kind: "float32" }
  | { readonly kind: "float16" }
  | { readonly kind: "bfloat16" }
  /** One scale for the tensor, or one for each index of its first axis, which is the output channel. */
  | { readonly kind: "int8"; readonly per: "tensor" | "channel" }
  /** Bits a value, its sign among them. */
  | { readonly kind: "qsgd"; readonly bits: number }
  | { readonly kind: "sign" };

/** The chain of a codec, in the one order that makes sense: `delta | topk(0.01) | int8 | deflate`. */
export interface Codec {
  /** Whether the change from the global model is sent, in place of the parameters. */
  readonly delta: boolean;
  readonly reduction: Reduction;
  readonly format: NumberFormat;
  /** zlib's level, 1 (fast) to 9 (small); undefined: not deflated. */
  readonly deflate: number | undefined;
}

/** Deflate's level where none is named. */
export const DEFLATE_LEVEL = 6;

/** The canonical text: `parseCodec(codecText(codec))` is the codec again, and equal codecs have equal texts. */
export function codecText({ delta, reduction, format, deflate }: Codec): string {
  const stages = [
    ...(delta ? ["delta"] : []),
    ...(reduction.kind === "dense" ? [] : [reductionText(reduction)]),
    ...(format.kind === "float32" ? [] : [formatText(format)]),
    ...(deflate === undefined ? [] : [deflate === DEFLATE_LEVEL ? "deflate" : `deflate(${deflate})`]),
  ];
  return stages.join(" | ") || "float32";
}

function reductionText(reduction: Exclude<Reduction, { kind: "dense" }>): string {
  return reduction.kind === "powersgd" ? `powersgd(${reduction.rank})` : `${reduction.kind}(${reduction.fraction})`;
}

function formatText(format: NumberFormat): string {
  if (format.kind === "qsgd") return `qsgd(${format.bits})`;
  return format.kind === "int8" && format.per === "channel" ? "int8(channel)" : format.kind;
}

/**
 * Whether what this codec loses is biased, so that training needs it back in the next round (Karimireddy et al. 2019, "Error
 * Feedback Fixes SignSGD"): of topk, randomk, powersgd and sign. Rounding to nearest (float16, int8) and qsgd do without.
 */
export const usesErrorFeedback = ({ reduction, format }: Codec): boolean =>
  reduction.kind !== "dense" || format.kind === "sign";

/** Whether what an encoding came to is what the next one begins with: of powersgd. */
export const startsWarm = ({ reduction }: Codec): boolean => reduction.kind === "powersgd";
