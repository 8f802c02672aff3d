import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { svgPicture } from "./svg-picture.js";
import { textPicture } from "./text-picture.js";

const shards = [
  { name: "alice", counts: [10, 10, 0] },
  { name: "bob", counts: [0, 5, 5] },
];
const counts = fc.array(fc.nat(10_000), { minLength: 1, maxLength: 50 });
const anything = fc.array(fc.record({ name: fc.string({ unit: "binary", maxLength: 40 }), counts }), { maxLength: 8 });

describe("label distributions as text", () => {
  it("are bars as long as shards are large, with a sign for each label", () => {
    expect(textPicture(shards, { width: 20 })).toBe(
      ["alice  00000000001111111111  20", "bob    1111122222            10"].join("\n"),
    );
  });

  it("are painted by label", () => {
    const paint = (piece: string, label: number) => `<${label}:${piece.length}>`;
    expect(textPicture(shards.slice(1), { width: 4, paint })).toBe("bob  <1:2><2:2>  10");
  });

  it("have bars of at least one sign and at most the width, whatever the counts", () => {
    fc.assert(
      fc.property(fc.array(counts, { minLength: 1, maxLength: 8 }), (all) => {
        const text = textPicture(
          all.map((own) => ({ name: "x", counts: own })),
          { width: 30 },
        );
        for (const [row, line] of text.split("\n").entries()) {
          const bar = line.slice(3, 33).trimEnd();
          const isEmpty = all[row]?.every((count) => count === 0);
          if (!isEmpty) expect(bar.length).toBeGreaterThan(0);
          expect(bar).toMatch(/^[0-9a-z+]*$/);
        }
      }),
    );
  });
});

describe("label distributions as SVG", () => {
  it("are a picture whose bars lie where the counts say", async () => {
    const svg = svgPicture(shards, { title: "Two", classNames: ["cat", "dog", "owl"] });
    const { data, info } = await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const [left = 0] = [...svg.matchAll(/<rect x="([\d.]+)" y="40"/g)].map(([, x]) => Number(x));
    const colourAt = (x: number, y: number) => [
      ...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3),
    ];
    expect(colourAt(Math.round(left + 160), 48)).toEqual([0x44, 0x77, 0xaa]);
    expect(colourAt(Math.round(left + 480), 48)).toEqual([0xee, 0x66, 0x77]);
    expect(colourAt(Math.round(left + 240), 72)).toEqual([0x22, 0x88, 0x33]);
    expect(colourAt(Math.round(left + 480), 72)).toEqual([255, 255, 255]);
  });

  it("say in words what they show", () => {
    const svg = svgPicture(shards, { title: "Two", classNames: ["cat", "dog", "owl"] });
    expect(svg).toContain('role="img" aria-labelledby="title description"');
    expect(svg).toContain('<title id="title">Two</title>');
    expect(svg).toContain("alice, 20 samples: cat 10, dog 10. bob, 10 samples: dog 5, owl 5.");
    expect(svg).toContain("<title>bob: 5 of owl</title>");
  });

  it("are well-formed, whatever the names are", async () => {
    await fc.assert(
      fc.asyncProperty(anything, fc.string({ unit: "binary" }), async (rows, title) => {
        const svg = svgPicture(rows, {
          title,
          classNames: [title, "<script>alert(1)</script>", "]]>", '"&\u0000\uD800'],
        });
        expect(svg).not.toContain("<script");
        const { format } = await sharp(Buffer.from(svg)).metadata();
        expect(format).toBe("svg");
        await sharp(Buffer.from(svg)).raw().toBuffer();
      }),
      { numRuns: 40 },
    );
  });
});
