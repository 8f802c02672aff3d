/** What a network takes: `[channels, height, width]`. */
export interface ImageSize {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Bytes of a picture, red, green, blue and alpha, row after row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** As MNIST was made: a digit of 20 × 20 pixels, its centre of mass in the middle of 28 × 28. */
const DIGIT_PIXELS = 20;
/** Brightness, 0 to 255, below which nothing is drawn: a JPEG's black is not all black. */
const FAINT = 16;
/** As workers, and `tributary model predict`, have MNIST. */
const MNIST = { mean: 0.1307, deviation: 0.3081 } as const;

const isDigit = ({ channels, height, width }: ImageSize): boolean => channels === 1 && height === 28 && width === 28;

/**
 * The values that a network is given for a picture of the size that it takes, `[channels, height, width]`: normalised as MNIST when it is
 * of its size, else from 0 to 1.
 */
export function valuesOf({ data }: Picture, size: ImageSize): Float32Array {
  const pixels = size.width * size.height;
  const values = new Float32Array(size.channels * pixels);
  for (let at = 0; at < pixels; at++) {
    const [red = 0, green = 0, blue = 0] = data.subarray(4 * at, 4 * at + 3);
    if (size.channels === 1) values[at] = (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
    else values.set([red / 255], at);
    if (size.channels === 3) {
      values[pixels + at] = green / 255;
      values[2 * pixels + at] = blue / 255;
    }
  }
  return isDigit(size) ? values.map((value) => (value - MNIST.mean) / MNIST.deviation) : values;
}

/** Pixels, from the left and the top. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A part of a picture, and where it is drawn in another. */
export interface Placement {
  readonly from: Box;
  readonly to: Box;
}

/** Where a picture goes in a square of `side` pixels: all of it, as large as it can be, in the middle, its sides in proportion. */
export function fittedInto(side: number, { width, height }: Pick<Box, "width" | "height">): Box {
  const scale = side / Math.max(width, height);
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  return { x: Math.floor((side - w) / 2), y: Math.floor((side - h) / 2), width: w, height: h };
}

/**
 * Where a drawing in white on black goes, so that it lies as the digits of MNIST do; for other sizes, all of it to all.
 * Undefined: there is nothing drawn.
 */
export function placementOf(drawn: Picture, size: ImageSize): Placement | undefined {
  const box = boxOf(drawn);
  if (box === undefined) return undefined;
  if (!isDigit(size))
    return {
      from: { x: 0, y: 0, width: drawn.width, height: drawn.height },
      to: { x: 0, y: 0, width: size.width, height: size.height },
    };
  const { x, y, width, height, centreX, centreY } = box;
  const scale = DIGIT_PIXELS / Math.max(width, height);
  return {
    from: { x, y, width, height },
    to: {
      x: size.width / 2 - (centreX - x) * scale,
      y: size.height / 2 - (centreY - y) * scale,
      width: width * scale,
      height: height * scale,
    },
  };
}

/** The rectangle that holds all that is bright, and its centre of mass. */
function boxOf({ width, height, data }: Picture) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  let [mass, sumX, sumY] = [0, 0, 0];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const bright = data[4 * (y * width + x)] ?? 0;
      if (bright < FAINT) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      mass += bright;
      sumX += bright * (x + 0.5);
      sumY += bright * (y + 0.5);
    }
  if (mass === 0) return undefined;
  const box = { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
  return { ...box, centreX: sumX / mass, centreY: sumY / mass };
}
