import { imageShape, type Step } from "./step.js";
import type { FullTransform } from "./transform.js";

/** For one place of the result: the two places that it lies between, and how far from the first. */
interface Between {
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

/** An image of another size, as PyTorch's `interpolate` makes it with mode "bilinear", align_corners=False and antialias=False. */
export function resize(
  { kind, height: tall, width: wide }: Extract<FullTransform, { kind: "resize" }>,
  shape: readonly number[],
): Step {
  const [channels, height, width] = imageShape(kind, shape);
  const rows = places(height, tall);
  const columns = places(width, wide);
  return {
    shape: [channels, tall, wide],
    random: false,
    run(sample) {
      const resized = new Float64Array(channels * tall * wide);
      let at = 0;
      for (let channel = 0; channel < channels; channel++) {
        const plane = sample.subarray(channel * height * width, (channel + 1) * height * width);
        for (const row of rows)
          for (const column of columns) {
            const top = between(plane, row.from * width, column);
            resized[at++] = top + (between(plane, row.to * width, column) - top) * row.share;
          }
      }
      return resized;
    },
  };
}

function between(plane: Float64Array, row: number, { from, to, share }: Between): number {
  const left = plane[row + from] ?? 0;
  return left + ((plane[row + to] ?? 0) - left) * share;
}

/** Centres of `count` equal pieces of a line of `length` pixels, between the centres of those. */
const places = (length: number, count: number): Between[] =>
  Array.from({ length: count }, (_, place) => {
    const at = Math.max(0, ((place + 0.5) * length) / count - 0.5);
    const from = Math.min(length - 1, Math.floor(at));
    return { from, to: Math.min(length - 1, from + 1), share: at - from };
  });
