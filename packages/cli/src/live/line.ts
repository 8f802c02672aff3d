import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";

export interface Style {
  readonly color?: "red" | "green" | "yellow" | "cyan";
  readonly bold?: boolean;
  readonly dim?: boolean;
}

/** Text in one style. */
export interface Span extends Style {
  readonly text: string;
}

/** One line of a screen. */
export type Line = readonly Span[];

/** Text as a screen may show it: names and messages of others have nothing in them that a terminal would obey. */
export const span = (text: string, style: Style = {}): Span => ({
  text: text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " "),
  ...style,
});

export const textOf = (line: Line): string => line.map(({ text }) => text).join("");

/** Columns of a terminal that a text takes. */
export const widthOf = (text: string): number => (PLAIN.test(text) ? text.length : stringWidth(text));

/** Letters of one column each: most texts, for which looking closer takes longer than all the rest of a drawing. */
const PLAIN = /^[ -~×–…▁-█░]*$/;

/** As much of a text as has room, with an ellipsis where something is missing. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (widthOf(kept + segment) > width - 1) break;
    kept += segment;
  }
  return width > 0 ? `${kept}…` : "";
}

/** A text on so many lines at most; what has no room is cut off. */
export function wrap(text: string, width: number, most: number): string[] {
  if (text === "") return [];
  const lines = wrapAnsi(text, Math.max(1, width), { hard: true }).split("\n");
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), cut(lines.slice(most - 1).join(" "), width)];
}
