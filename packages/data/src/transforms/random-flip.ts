import { imageShape, type Step } from "./step.js";
import type { FullTransform } from "./transform.js";

/** An image as a mirror shows it, or as it is. */
export function randomFlip(
  { kind, probability }: Extract<FullTransform, { kind: "random-flip" }>,
  shape: readonly number[],
): Step {
  const [, , width] = imageShape(kind, shape);
  return {
    shape,
    random: true,
    run(sample, random) {
      if (random.uniform() < probability)
        for (let row = 0; row < sample.length; row += width) sample.subarray(row, row + width).reverse();
      return sample;
    },
  };
}
