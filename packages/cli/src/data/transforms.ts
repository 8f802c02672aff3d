import type { Transform } from "@tributary/data";
import { InvalidArgumentError } from "commander";

/** "pad:4,crop:32x32,flip", as an option's parser. */
export const transformList = (text: string): Transform[] => text.split(",").map((part) => transform(part.trim()));

function transform(text: string): Transform {
  const [, pixels] = /^pad:(\d{1,4})$/.exec(text) ?? [];
  if (pixels !== undefined) return { kind: "pad", pixels: Number(pixels) };
  const [, height, width] = /^crop:(\d{1,4})x(\d{1,4})$/.exec(text) ?? [];
  if (height !== undefined && width !== undefined)
    return { kind: "random-crop", height: Number(height), width: Number(width) };
  const [flip, probability] = /^flip(?::(0?\.\d+|0|1))?$/.exec(text) ?? [];
  if (flip !== undefined)
    return { kind: "random-flip", ...(probability !== undefined && { probability: Number(probability) }) };
  throw new InvalidArgumentError("a list of pad:4, crop:32x32 and flip or flip:0.5 is wanted.");
}
