import { cut, type Line, type Span, span, widthOf } from "./line.js";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Span;
  readonly align?: "right";
  /** Most columns of the terminal that it takes. Default 24. */
  readonly most?: number;
  /** Fewest with which it is still of use; default: what its longest cell takes. */
  readonly least?: number;
}

const GAP = "  ";

/**
 * A table: a line of titles, then one for each row. Where the terminal is too narrow, the columns at the right are left out; the
 * first one always stays.
 */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): Line[] {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const shown: { readonly at: number; readonly width: number }[] = [];
  let left = width;
  for (const [at, { title, most = 24, least }] of columns.entries()) {
    const wanted = Math.min(most, Math.max(widthOf(title), ...cells.map((row) => widthOf(row[at]?.text ?? ""))));
    const room = left - (at === 0 ? 0 : GAP.length);
    if (at > 0 && room < Math.min(wanted, least ?? wanted)) break;
    shown.push({ at, width: Math.max(1, Math.min(wanted, room)) });
    left = room - Math.min(wanted, room);
  }
  const line = (spanOf: (at: number) => Span): Line =>
    shown.flatMap(({ at, width }, index) => {
      const { text, ...style } = spanOf(at);
      const padded = pad(cut(text, width), width, columns[at]?.align);
      return [...(index === 0 ? [] : [span(GAP)]), { text: padded, ...style }];
    });
  return [
    line((at) => span(columns[at]?.title ?? "", { dim: true })),
    ...cells.map((row) => line((at) => row[at] ?? span(""))),
  ];
}

/** As many lines as there is room for, the last of which says how many more there are. */
export function cutOff(lines: readonly Line[], rows: number, width: number): readonly Line[] {
  if (rows >= lines.length || rows < 3) return lines.slice(0, rows);
  const more = lines.length - rows + 1;
  return [...lines.slice(0, rows - 1), [span(cut(`… and ${more} more`, width), { dim: true })]];
}

function pad(text: string, width: number, align: "right" | undefined): string {
  const blank = " ".repeat(Math.max(0, width - widthOf(text)));
  return align === "right" ? blank + text : text + blank;
}
