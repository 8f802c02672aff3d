import { describe, expect, it } from "vitest";
import { span, textOf, widthOf } from "./line.js";
import { type Column, cutOff, tableLines } from "./table.js";

interface Row {
  readonly name: string;
  readonly samples: number;
  readonly error: string;
}

const columns: readonly Column<Row>[] = [
  { title: "Worker", most: 8, cell: ({ name }) => span(name) },
  { title: "Samples", align: "right", cell: ({ samples }) => span(`${samples}`) },
  { title: "Error", least: 6, most: 40, cell: ({ error }) => span(error) },
];
const rows = [
  { name: "ada", samples: 60_000, error: "the update is not finite" },
  { name: "a-very-long-name", samples: 7, error: "" },
];
const drawn = (width: number) => tableLines(columns, rows, width).map((line) => textOf(line).trimEnd());

describe("a table", () => {
  it("is as wide as its cells, and cuts those that are too long", () => {
    expect(drawn(80)).toEqual([
      "Worker    Samples  Error",
      "ada         60000  the update is not finite",
      "a-very-…        7",
    ]);
  });

  it("shortens a column that may be shorter, then leaves columns out, the last first", () => {
    expect(drawn(30)[1]).toBe("ada         60000  the update…");
    expect(drawn(24)).toEqual(["Worker    Samples", "ada         60000", "a-very-…        7"]);
    expect(drawn(10)).toEqual(["Worker", "ada", "a-very-…"]);
    expect(drawn(3)).toEqual(["Wo…", "ada", "a-…"]);
  });

  it("is never wider than the screen", () => {
    for (let width = 1; width < 60; width++)
      for (const line of tableLines(columns, rows, width)) expect(widthOf(textOf(line))).toBeLessThanOrEqual(width);
  });

  it("says how many rows have no room", () => {
    const lines = ["a", "b", "c", "d", "e"].map((text) => [span(text)]);
    expect(cutOff(lines, 5, 20).map(textOf)).toEqual(["a", "b", "c", "d", "e"]);
    expect(cutOff(lines, 4, 20).map(textOf)).toEqual(["a", "b", "c", "… and 2 more"]);
    expect(cutOff(lines, 2, 20).map(textOf)).toEqual(["a", "b"]);
  });
});
