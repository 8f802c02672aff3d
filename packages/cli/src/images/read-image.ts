import { decodePixels } from "@tributary/data";
import { readBytes } from "../files.js";

/** What a network wants of an image. */
export interface ImageSize {
  /** 1: grey, 3: red, green, blue. */
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
}

/** An image's file may be as large, bytes. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * An image out of a PNG, JPEG or WebP file, laid on black where it is transparent, turned as its camera was held and stretched to
 * the size. Grey is 0.299 red + 0.587 green + 0.114 blue, as in Pillow.
 *
 * @returns `[channels, height, width]`, from 0 to 1
 * @throws TributaryError `file_unreadable`, `payload_too_large`, `file_invalid`
 */
export async function readImage(path: string, { channels, height, width }: ImageSize): Promise<Float32Array> {
  const file = await readBytes(path, "the image", MOST_BYTES);
  const pixels = await decodePixels(file, path, { height, width });
  const size = height * width;
  const values = new Float32Array(channels * size);
  for (let at = 0; at < size; at++) {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(3 * at, 3 * at + 3);
    const colour = channels === 1 ? [0.299 * red + 0.587 * green + 0.114 * blue] : [red, green, blue];
    for (const [channel, value] of colour.entries()) values[channel * size + at] = value / 255;
  }
  return values;
}
