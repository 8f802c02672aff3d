import { type RandomStream, TributaryError } from "@tributary/protocol";

/** A transform made ready for samples of one shape. */
export interface Step {
  /** Of what it gives. */
  readonly shape: readonly number[];
  /** Whether it draws from the stream. */
  readonly random: boolean;
  /** One sample. What it is given may be changed, and given back. */
  run(sample: Float64Array, random: RandomStream): Float64Array;
}

/** [channels, height, width] of images. @throws TributaryError `invalid_request` for other samples */
export function imageShape(kind: string, shape: readonly number[]): [number, number, number] {
  const [channels, height, width, ...more] = shape;
  if (channels === undefined || height === undefined || width === undefined || more.length > 0)
    throw new TributaryError("invalid_request", `${kind} is for images, not for samples of [${shape}]`, {
      hint: "Leave it out, or give samples of [channels, height, width].",
    });
  return [channels, height, width];
}
