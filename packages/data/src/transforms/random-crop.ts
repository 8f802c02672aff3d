import { TributaryError } from "@tributary/protocol";
import { imageShape, type Step } from "./step.js";
import type { FullTransform } from "./transform.js";

/** A piece of an image, each place as likely as any other. */
export function randomCrop(
  { kind, height: tall, width: wide }: Extract<FullTransform, { kind: "random-crop" }>,
  shape: readonly number[],
): Step {
  const [channels, height, width] = imageShape(kind, shape);
  if (tall > height || wide > width)
    throw new TributaryError("invalid_request", `no piece of ${tall}×${wide} can be cut out of ${height}×${width}`, {
      hint: "Pad the images first, or cut out a smaller piece.",
    });
  return {
    shape: [channels, tall, wide],
    random: true,
    run(sample, random) {
      const top = random.below(height - tall + 1);
      const left = random.below(width - wide + 1);
      const piece = new Float64Array(channels * tall * wide);
      for (let channel = 0; channel < channels; channel++)
        for (let row = 0; row < tall; row++) {
          const from = (channel * height + top + row) * width + left;
          piece.set(sample.subarray(from, from + wide), (channel * tall + row) * wide);
        }
      return piece;
    },
  };
}
