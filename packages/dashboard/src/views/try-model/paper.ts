import type { Picture } from "./image.js";

/** Brightness, 0 to 255, from which a border is paper. */
const PAPER = 128;
/** Mean difference of red, green and blue, 0 to 255, up to which a picture is a scan, and no photograph. */
const GREY = 32;
/** How much darker than the paper ink is at least, of all there is: below it are shadows and noise. */
const FAINT = 0.25;

/** Turns a scan, dark on light, into what the pad shows: white on black. Any other picture stays as it is. */
export function onBlack(picture: Picture): void {
  const paper = borderOf(picture);
  if (paper < PAPER || colourOf(picture) > GREY) return;
  const { data } = picture;
  let ink = paper;
  for (let at = 0; at < data.length; at += 4) ink = Math.min(ink, brightness(data, at));
  const most = paper - ink;
  for (let at = 0; at < data.length; at += 4) {
    const part = most === 0 ? 0 : (paper - brightness(data, at)) / most;
    data.fill((255 * (part - FAINT)) / (1 - FAINT), at, at + 3);
  }
}

/** Mean brightness of the outermost pixels, 0 to 255. */
function borderOf({ width, height, data }: Picture): number {
  let [sum, count] = [0, 0];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x += y === 0 || y === height - 1 ? 1 : Math.max(1, width - 1)) {
      sum += brightness(data, 4 * (y * width + x));
      count += 1;
    }
  return count === 0 ? 0 : sum / count;
}

/** Mean difference between the strongest and the weakest of red, green and blue, 0 to 255. */
function colourOf({ data }: Picture): number {
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) {
    const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3);
    sum += Math.max(red, green, blue) - Math.min(red, green, blue);
  }
  return data.length === 0 ? 0 : (4 * sum) / data.length;
}

function brightness(data: Uint8ClampedArray, at: number): number {
  return 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0);
}
