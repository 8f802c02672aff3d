/** A chain of codecs without its numbers, "delta|topk|int8", as a label of metrics: few series, whatever jobs ask for. */
export const codecLabel = (codec: string | undefined): string =>
  codec === undefined
    ? "none"
    : codec
        .split("|")
        .map((part) => part.trim().replace(/\(.*$/, ""))
        .join("|");
