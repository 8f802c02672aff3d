import { describe, expect, it } from "vitest";
import { type Block, fixed, layout } from "./layout.js";
import { type Line, span, textOf } from "./line.js";

const lines = (text: string): Line[] => [...text].map((letter) => [span(letter)]);
const block = (text: string, rank: number, least: number, apart = false): Block => ({
  ...{ rank, least, most: text.length, apart },
  draw: (rows) => lines(text).slice(0, rows),
});
const drawn = (blocks: readonly Block[], height: number) => layout(blocks, height).map(textOf);

describe("a layout", () => {
  const blocks = [
    fixed(0, lines("T")),
    block("abcdef", 2, 2, true),
    block("ABCDEF", 3, 2, true),
    fixed(1, lines("F"), true),
  ];

  it("fills a screen, and puts the last block at the bottom", () => {
    expect(drawn(blocks, 20)).toEqual(["T", "", ..."abcdef", "", ..."ABCDEF", "", "", "", "", "F"]);
  });

  it("shares what room there is", () => {
    expect(drawn(blocks, 13)).toEqual(["T", "", ..."abcd", "", ..."ABCD", "", "F"]);
  });

  it("gives up empty lines first, then blocks by rank", () => {
    expect(drawn(blocks, 6)).toEqual(["T", "a", "b", "A", "B", "F"]);
    expect(drawn(blocks, 5)).toEqual(["T", "", "a", "b", "F"]);
    expect(drawn(blocks, 2)).toEqual(["T", "F"]);
    expect(drawn(blocks, 1)).toEqual(["T"]);
  });

  it("is never higher than the screen, and as high where the last block has room", () => {
    for (let height = 0; height < 30; height++) expect(drawn(blocks, height)).toHaveLength(height);
  });

  it("leaves out what is empty", () => {
    expect(drawn([fixed(0, lines("T")), fixed(2, [], true), fixed(1, lines("F"))], 2)).toEqual(["T", "F"]);
  });
});
