import { oneLine, TributaryError } from "@tributary/protocol";
import { readBounded } from "../files/verified-file.js";

/** What samples are made of an image. */
export interface SampleSize {
  /** 1: grey, 3: red, green, blue. */
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
}

/** An image's file may be as large, bytes. */
const MAX_BYTES = 64 * 1024 * 1024;
/** And have as many pixels. */
const MAX_PIXELS = 2 ** 26;

/**
 * A PNG, JPEG or WebP file as 8-bit values [channels, height, width]: turned as its camera was held, stretched to the size,
 * laid on black where it is transparent. Grey is 0.299 red + 0.587 green + 0.114 blue, rounded.
 *
 * @throws TributaryError `file_unreadable`, `file_invalid` naming the file
 */
export async function decodeImage(path: string, { channels, height, width }: SampleSize): Promise<Uint8Array> {
  const pixels = await decodePixels(await readBounded(path, MAX_BYTES), path, { height, width });
  const plane = height * width;
  const values = new Uint8Array(channels * plane);
  for (let at = 0; at < plane; at++) {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(3 * at, 3 * at + 3);
    if (channels === 1) values[at] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
    else for (const [channel, value] of [red, green, blue].entries()) values[channel * plane + at] = value;
  }
  return values;
}

/**
 * The pixels of a PNG, JPEG or WebP file, turned as its camera was held, stretched to the size, laid on black where it is transparent.
 * @param path for messages @returns red, green and blue of each pixel, row by row: height * width * 3 values
 * @throws TributaryError `file_invalid` naming the file
 */
export async function decodePixels(
  file: Uint8Array,
  path: string,
  { height, width }: Pick<SampleSize, "height" | "width">,
): Promise<Uint8Array> {
  decoder ??= makeDecoder();
  const sharp = await decoder;
  const invalid = (why: string, cause?: unknown) =>
    new TributaryError("file_invalid", `the image ${path} is no PNG, JPEG or WebP: ${oneLine(why, 120)}`, { cause });
  try {
    const pixels = await sharp(file, { limitInputPixels: MAX_PIXELS, failOn: "error", sequentialRead: true })
      .autoOrient()
      .resize(width, height, { fit: "fill" })
      .flatten({ background: "#000" })
      .toColourspace("srgb")
      .raw()
      .toBuffer();
    if (pixels.length === 3 * height * width) return pixels;
    throw invalid(`${pixels.length} bytes of pixels`);
  } catch (cause) {
    throw cause instanceof TributaryError ? cause : invalid(cause instanceof Error ? cause.message : "", cause);
  }
}

let decoder: Promise<typeof import("sharp")["default"]> | undefined;

/** Made once: between block and unblock, an image that another call decodes would be refused. */
async function makeDecoder() {
  // Loaded late: whoever only opens a shard needs no decoder.
  const { default: sharp } = await import("sharp");
  // Of the formats that libvips knows, some run programs of their own or read other files.
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({
    operation: ["VipsForeignLoadPngBuffer", "VipsForeignLoadJpegBuffer", "VipsForeignLoadWebpBuffer"],
  });
  return sharp;
}
