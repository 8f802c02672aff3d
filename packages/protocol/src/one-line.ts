/** A text of another side, fit for a log and a terminal: short, no line breaks, no escape sequences. */
export const oneLine = (text: string, longest = 500): string =>
  text
    .slice(0, longest)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .trim();
