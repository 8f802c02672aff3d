import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readImage } from "./read-image.js";

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-images-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Two pixels side by side. */
const pair = (colours: readonly number[]) =>
  sharp(Uint8Array.from(colours), { raw: { width: 2, height: 1, channels: 3 } });
const rounded = (values: Float32Array) => Array.from(values, (value) => Math.round(value * 255 * 1000) / 1000);

describe("an image file", () => {
  it("becomes a plane for each colour, from 0 to 1", async () => {
    await pair([255, 128, 0, 10, 20, 30]).png().toFile(at("pair.png"));
    const values = await readImage(at("pair.png"), { channels: 3, height: 1, width: 2 });
    expect(rounded(values)).toEqual([255, 10, 128, 20, 0, 30]);
  });

  it("becomes grey as Pillow has it, and grey stays as it is", async () => {
    await pair([255, 128, 0, 77, 77, 77]).webp({ lossless: true }).toFile(at("pair.webp"));
    const values = await readImage(at("pair.webp"), { channels: 1, height: 1, width: 2 });
    expect(rounded(values)).toEqual([0.299 * 255 + 0.587 * 128, 77].map((value) => Math.round(value * 1000) / 1000));
    const grey = Uint8Array.from({ length: 256 }, (_, value) => value);
    await sharp(grey, { raw: { width: 16, height: 16, channels: 1 } })
      .png()
      .toFile(at("grey.png"));
    const same = await readImage(at("grey.png"), { channels: 1, height: 16, width: 16 });
    expect(rounded(same)).toEqual([...grey]);
  });

  it("is stretched to the size, and turned as the camera was held", async () => {
    const jpeg = sharp({ create: { width: 40, height: 20, channels: 3, background: "#fff" } });
    const black = await sharp({ create: { width: 20, height: 20, channels: 3, background: "#000" } })
      .png()
      .toBuffer();
    await jpeg
      .composite([{ input: black, left: 0, top: 0 }])
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toFile(at("turned.jpg"));
    // The black left half is on top once the image is turned by 90 degrees.
    const values = await readImage(at("turned.jpg"), { channels: 1, height: 4, width: 4 });
    expect([values[0], values[3], values[12], values[15]].map((value) => Math.round(value ?? -1))).toEqual([
      0, 0, 1, 1,
    ]);
  });

  it("of 16 bits a channel is read too, and laid on black", async () => {
    await sharp({ create: { width: 3, height: 3, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.2 } } })
      .toColourspace("rgb16")
      .png()
      .toFile(at("deep.png"));
    expect(rounded(await readImage(at("deep.png"), { channels: 3, height: 1, width: 1 }))).toEqual([51, 0, 0]);
  });

  it.each<[string, () => Promise<Uint8Array | string>, RegExp]>([
    ["is cut off", async () => (await readFile(at("grey.png"))).subarray(0, 150), /image\.png is no PNG, JPEG or WebP/],
    [
      "says that it is too large",
      async () => {
        const png = await readFile(at("grey.png"));
        png.writeUInt32BE(60_000, 16);
        png.writeUInt32BE(60_000, 20);
        return png;
      },
      /image\.png is no PNG, JPEG or WebP/,
    ],
    [
      "is too large",
      () =>
        sharp({ create: { width: 16_000, height: 5_000, channels: 3, background: "#000" } })
          .png()
          .toBuffer(),
      /image\.png is no PNG, JPEG or WebP: Input image exceeds pixel limit/,
    ],
    [
      "is a drawing, which may read other files",
      async () => '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="/etc/passwd"/></svg>',
      /image\.png is no PNG, JPEG or WebP: Input buffer contains unsupported image format/,
    ],
    [
      "is of another format",
      () =>
        sharp({ create: { width: 2, height: 2, channels: 3, background: "#000" } })
          .tiff()
          .toBuffer(),
      /is no PNG, JPEG or WebP: Input buffer contains unsupported image format/,
    ],
    ["is a text", async () => "no image", /is no PNG, JPEG or WebP: Input buffer contains unsupported image format/],
    ["is empty", async () => "", /is no PNG, JPEG or WebP/],
  ])("is refused when it %s", async (_, make, message) => {
    await writeFile(at("image.png"), await make());
    await expect(readImage(at("image.png"), { channels: 1, height: 4, width: 4 })).rejects.toThrow(
      expect.objectContaining({ code: "file_invalid", message: expect.stringMatching(message) }),
    );
  });

  it.each([
    ["/dev/zero", "is no file"],
    [".", "is no file"],
    ["nowhere.png", "cannot be read"],
  ])("is refused when it is %s", async (path, message) => {
    await expect(readImage(path, { channels: 1, height: 4, width: 4 })).rejects.toThrow(
      expect.objectContaining({ code: "file_unreadable", message: `the image ${path} ${message}` }),
    );
  });
});
