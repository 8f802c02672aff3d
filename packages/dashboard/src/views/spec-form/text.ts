/** What a field shows of a value. */
export const textOf = (value: unknown): string => {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.join(", ") : String(value);
};

/** A number where the text is one; what is not is kept, and the check says what is wrong with it. Undefined: nothing is written. */
export function numberOf(text: string): unknown {
  if (text.trim() === "") return undefined;
  // "1." and "0.0" are on their way to a number.
  return /^-?\d+([.]\d*[1-9])?(e-?\d+)?$/i.test(text) && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** What stands between commas. Undefined: nothing is written. */
export function listOf(text: string, of: "text" | "number"): unknown {
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  if (parts.length === 0) return undefined;
  return of === "text" ? parts : parts.map(numberOf);
}
