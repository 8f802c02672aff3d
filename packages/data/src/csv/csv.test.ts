import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TributaryError } from "@tributary/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CsvFile, csvDataset } from "./csv-dataset.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-csv-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function read(text: string | Uint8Array, options: Partial<CsvFile> = {}) {
  const path = join(folder, "flowers.csv");
  await writeFile(path, text);
  return csvDataset({ name: "flowers", path, label: "species", ...options });
}

describe("a CSV file", () => {
  it("has a row a sample, and features in its own order", async () => {
    const set = await read("length,species,width\n1.5,b,-2e-1\n.5,a,+3\n");
    expect(set).toMatchObject({ name: "flowers", count: 2, shape: [2], classes: 2, classNames: ["a", "b"] });
    expect(set.values).toEqual(Float32Array.of(1.5, -0.2, 0.5, 3));
    expect([...set.labels]).toEqual([1, 0]);
    expect(set.normalisation.mean[0]).toBe(1);
  });

  it("takes whole numbers as the labels that they are", async () => {
    const set = await read("x,species\n1,2\n1,0\n");
    expect([[...set.labels], set.classes, set.classNames]).toEqual([[2, 0], 3, undefined]);
  });

  it("takes names of classes in the order that all sites agreed on", async () => {
    const set = await read("x,species\n1,b\n1,a\n", { classNames: ["b", "c", "a"] });
    expect([[...set.labels], set.classes]).toEqual([[0, 2], 3]);
  });

  it("is read with quotes, a byte order mark, other delimiters and line ends", async () => {
    const set = await read('\u{FEFF}"the ""x""";species\r\n"1";"a;\nb"\r\n\r\n2;c\r\n', { delimiter: ";" });
    expect([[...set.values], set.classNames]).toEqual([
      [1, 2],
      ["a;\nb", "c"],
    ]);
  });

  it("has ids, columns that are left out, and another shape where that is asked for", async () => {
    const text = "who,a,b,c,d,note,species\nzoe,1,2,3,4,good,0\nadam,5,6,7,8,bad,1\nzoe,9,8,7,6,,0\n";
    const set = await read(text, { id: "who", ignore: ["note"], shape: [1, 2, 2] });
    expect(set.ids).toEqual({ names: ["adam", "zoe"], of: Int32Array.of(1, 0, 1) });
    expect([set.shape, set.values.length]).toEqual([[1, 2, 2], 12]);
  });

  it("has columns of one value, which are not divided by 0", async () => {
    expect((await read("x,species\n7,0\n7,1\n")).normalisation).toEqual({ mean: [7], deviation: [1] });
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ["nothing", "", /is empty/],
    ["a header only", "x,species\n", /a header and no row/],
    ["labels only", "species\n1\n", /no column of features/],
    ["a word among numbers", "x,species\n1,a\nmany,b\n", /line 3, column x: "many" is no number/],
    ["an empty field", "x,species\n,a\n", /line 2, column x: "" is no number/],
    ["a number in another system", "x,species\n0x10,a\n", /line 2, column x: "0x10"/],
    ["an infinite number", "x,species\n1e999,a\n", /line 2, column x: "1e999"/],
    ["a row too short", "x,y,species\n1,2,a\n1,2\n", /line 3/],
    ["a row too long", "x,species\n1,a,2\n", /line 2/],
    ["a quote without end", 'x,species\n"1,a\n1,b\n', /[Qq]uot/],
    ["an empty label", "x,species\n1,a\n1,\n", /row 2 has the label ""/],
    ["a label far beyond any class", "x,species\n1,99999999\n", /label 99999999/],
    ["bytes", Uint8Array.from({ length: 5_000 }, (_, place) => (place * 89) % 256), /flowers\.csv/],
    ["a line without end", "x".repeat(3 * 2 ** 20), /flowers\.csv: .*[Mm]ax/],
    ["too many columns", `${"x,".repeat(20_000)}species\n`, /20001 columns/],
  ])("of %s is refused with its place", async (_, text, message) => {
    await expect(read(text)).rejects.toEqual(
      expect.objectContaining({
        message: expect.stringMatching(message),
        code: expect.stringMatching(/^(?:file_invalid|invalid_request)$/),
      }),
    );
  });

  it.each<[string, Partial<CsvFile>, RegExp]>([
    ["a label", { label: "kind" }, /no column "kind"/],
    ["an id", { id: "who" }, /no column "who"/],
    ["a column to leave out", { ignore: ["note"] }, /no column "note"/],
    ["fields with nothing between them", { delimiter: "" }, /between fields/],
    ["a shape that rows do not fill", { shape: [2, 2] }, /values are not/],
  ])("is not asked for %s that it has not", async (_, options, message) => {
    await expect(read("x,species\n1,a\n", options)).rejects.toEqual(
      expect.objectContaining({ code: "invalid_request", message: expect.stringMatching(message) }),
    );
  });

  it("is refused when a label is none of the classes that were agreed on", async () => {
    await expect(read("x,species\n1,a\n1,d\n", { classNames: ["a", "b"] })).rejects.toEqual(
      expect.objectContaining({ code: "file_invalid", message: expect.stringContaining('row 2 has the label "d"') }),
    );
  });

  it("is there, and is no folder", async () => {
    for (const [path, code] of [
      [join(folder, "nothing.csv"), "file_unreadable"],
      [folder, "file_invalid"],
    ] as const)
      await expect(csvDataset({ name: "x", path, label: "x" })).rejects.toEqual(
        expect.objectContaining({ code, message: expect.stringContaining(path) }),
      );
  });

  it("is read as it was written, whatever the numbers", async () => {
    const rows = fc.array(fc.tuple(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.nat(20)), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(rows, async (numbers) => {
        const set = await read(`x,species\n${numbers.map((row) => row.join()).join("\n")}`);
        expect([...set.values]).toEqual(numbers.map(([x]) => x + 0));
        expect([...set.labels]).toEqual(numbers.map(([, label]) => label));
      }),
      { numRuns: 40 },
    );
  });

  it("never causes anything but a typed error, whatever it holds", async () => {
    const text = fc.string({ unit: fc.constantFrom(...'x,"\n\r1a;. -e\u0000é'), maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(text, async (rest) => {
        await read(`x,species\n${rest}`).catch((error) => expect(error).toBeInstanceOf(TributaryError));
      }),
      { numRuns: 150 },
    );
  });
});
