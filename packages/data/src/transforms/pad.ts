import { imageShape, type Step } from "./step.js";
import type { FullTransform } from "./transform.js";

/** An image with a frame around it. */
export function pad({ kind, pixels, value }: Extract<FullTransform, { kind: "pad" }>, shape: readonly number[]): Step {
  const [channels, height, width] = imageShape(kind, shape);
  const [tall, wide] = [height + 2 * pixels, width + 2 * pixels];
  return {
    shape: [channels, tall, wide],
    random: false,
    run(sample) {
      const padded = new Float64Array(channels * tall * wide).fill(value);
      for (let channel = 0; channel < channels; channel++)
        for (let row = 0; row < height; row++) {
          const from = (channel * height + row) * width;
          padded.set(sample.subarray(from, from + width), (channel * tall + row + pixels) * wide + pixels);
        }
      return padded;
    },
  };
}
