import type { Normalisation } from "@tributary/data";
import { TributaryError } from "@tributary/protocol";
import type { ImageSize } from "./read-image.js";

/** As PyTorch's MNIST example has it. */
const mnist: Normalisation = { mean: [0.1307], deviation: [0.3081] };
const none: Normalisation = { mean: [0], deviation: [1] };

/**
 * The normalisation that is asked for, by default MNIST's for grey images of 28×28 and none for others.
 * @throws TributaryError `invalid_request` unless there is one number, or one for each channel, and no deviation is 0
 */
export function normalisationFor(
  { channels, height, width }: ImageSize,
  { mean, deviation }: Partial<Normalisation>,
): Normalisation {
  const usual = channels === 1 && height === 28 && width === 28 ? mnist : none;
  const made = { mean: mean ?? usual.mean, deviation: deviation ?? usual.deviation };
  for (const [option, given] of Object.entries(made))
    if (given.length !== 1 && given.length !== channels)
      throw new TributaryError("invalid_request", `--${option} has ${given.length} numbers`, {
        hint: `Give one, or ${channels}: one for each channel.`,
      });
  if (made.deviation.some((value) => !(value > 0)))
    throw new TributaryError("invalid_request", "--deviation must be above 0", { hint: "For example 0.3081." });
  return made;
}

/** Takes the mean from each value of an image `[channels, height, width]`, and divides by the deviation. */
export function normalise(image: Float32Array, { mean, deviation }: Normalisation): Float32Array {
  const channels = Math.max(mean.length, deviation.length);
  const size = image.length / channels;
  return image.map((value, at) => {
    const channel = Math.floor(at / size);
    return (value - (mean[channel] ?? mean[0] ?? 0)) / (deviation[channel] ?? deviation[0] ?? 1);
  });
}
