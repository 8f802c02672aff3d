import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ImageFolder, imageFolder } from "./image-folder.js";

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "tributary-images-"));
  folder = join(root, "pets");
});
afterEach(() => rm(root, { recursive: true, force: true }));

const image = (background: string, width = 6, height = 4) =>
  sharp({ create: { width, height, channels: 3, background } });
async function put(name: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), content);
}
const read = (options: Partial<ImageFolder> = {}) =>
  imageFolder({ name: "pets", folder, size: { channels: 3, height: 2, width: 2 }, ...options });
const refused = (message: RegExp, code = "file_invalid") =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe("a folder of images", () => {
  it("has a class for each folder, sorted, and images of one size", async () => {
    await put("dog/1.jpg", await image("#00ff00").jpeg({ quality: 100 }).toBuffer());
    await put("cat/b.WEBP", await image("#ffffff", 50, 10).webp({ lossless: true }).toBuffer());
    await put("cat/a.png", await image("#ff0000").png().toBuffer());
    await put("cat/.DS_Store", "nothing");
    const progress: number[] = [];
    const set = await read({ onProgress: (done, total) => progress.push(done / total) });
    expect(set).toMatchObject({ name: "pets", count: 3, shape: [3, 2, 2], classes: 2, classNames: ["cat", "dog"] });
    expect([...set.labels]).toEqual([0, 0, 1]);
    expect([...set.values.subarray(0, 24)]).toEqual([
      ...[255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0],
      ...Array(12).fill(255),
    ]);
    expect(progress.at(-1)).toBe(1);
  });

  it("is grey where that is asked for, and has the classes that all sites agreed on", async () => {
    await put("cat/a.png", await image("#ff0000").png().toBuffer());
    const set = await read({ size: { channels: 1, height: 1, width: 1 }, classNames: ["dog", "cat"] });
    expect([[...set.values], [...set.labels], set.classes]).toEqual([[76], [1], 2]);
    await expect(read({ classNames: ["dog"] })).rejects.toEqual(refused(/a\.png is of "cat", which is no class/));
  });

  it("has ids where its classes lie in folders of whose they are", async () => {
    const png = await image("#fff").png().toBuffer();
    for (const name of ["zoe/cat/1.png", "adam/cat/1.png", "adam/dog/1.png"]) await put(name, png);
    const set = await read({ withIds: true });
    expect([set.ids, [...set.labels], set.classNames]).toEqual([
      { names: ["adam", "zoe"], of: Int32Array.of(0, 0, 1) },
      [0, 1, 0],
      ["cat", "dog"],
    ]);
  });

  it.each<[string, string, () => Promise<Uint8Array | string>, RegExp]>([
    ["a text that calls itself an image", "cat/x.png", async () => "no image", /cat\/x\.png is no PNG, JPEG or WebP/],
    ["an empty file", "cat/x.jpg", async () => "", /cat\/x\.jpg is no PNG/],
    ["a text", "cat/notes.txt", async () => "notes", /cat\/notes\.txt is no PNG/],
    ["a file beside the classes", "labels.csv", async () => "a", /labels\.csv is a file where a folder is wanted/],
    [
      "an image that is cut off",
      "cat/x.png",
      async () =>
        (
          await sharp({
            create: {
              width: 64,
              height: 64,
              channels: 3,
              background: "#123",
              noise: { type: "gaussian", mean: 99, sigma: 40 },
            },
          })
            .png()
            .toBuffer()
        ).subarray(0, 3_000),
      /cat\/x\.png is no PNG/,
    ],
    ["an image of too many pixels", "cat/x.png", () => image("#000", 16_000, 5_000).png().toBuffer(), /pixel limit/],
    [
      "an image that says that it has many pixels",
      "cat/x.png",
      async () => {
        const png = await image("#000").png().toBuffer();
        png.writeUInt32BE(60_000, 16);
        png.writeUInt32BE(60_000, 20);
        return png;
      },
      /cat\/x\.png is no PNG/,
    ],
    [
      "a drawing that calls itself an image",
      "cat/x.png",
      async () => '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
      /cat\/x\.png is no PNG/,
    ],
  ])("is refused for %s, by name", async (_, name, make, message) => {
    await put("cat/a.png", await image("#fff").png().toBuffer());
    await put(name, await make());
    await expect(read()).rejects.toEqual(refused(message));
  });

  it("is read through no link that leads out of it, to files or folders", async () => {
    await put("cat/a.png", await image("#fff").png().toBuffer());
    await mkdir(join(root, "others"));
    await writeFile(join(root, "others", "secret.png"), await image("#fff").png().toBuffer());
    await symlink("../../others/secret.png", join(folder, "cat", "b.png"));
    await expect(read()).rejects.toEqual(refused(/cat\/b\.png leads out/));
    await rm(join(folder, "cat", "b.png"));
    await symlink("../others", join(folder, "dog"));
    await expect(read()).rejects.toEqual(refused(/pets\/dog leads out/));
  });

  it("is there, and holds an image", async () => {
    await expect(read()).rejects.toEqual(refused(/pets cannot be read/, "file_unreadable"));
    await mkdir(join(folder, "cat"), { recursive: true });
    await expect(read()).rejects.toEqual(refused(/pets holds no images/));
  });

  it.each([
    { channels: 3, height: 0, width: 2 },
    { channels: 3, height: 2, width: 5_000 },
    { channels: 1, height: 2.5, width: 2 },
  ] as const)("does not become %j", async (size) => {
    await expect(read({ size })).rejects.toEqual(expect.objectContaining({ code: "invalid_request" }));
  });

  it("can be called off", async () => {
    await put("cat/a.png", await image("#fff").png().toBuffer());
    await expect(read({ signal: AbortSignal.abort() })).rejects.toEqual(refused(/called off/, "aborted"));
  });
});
