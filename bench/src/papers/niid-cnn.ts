import { Conv2d, Flatten, type Graph, Linear, MaxPool2d, ReLU, sequential, trace } from "@tributary/nn";

/** What 5×5 convolution and 2×2 pooling, twice, leave of a side. */
const left = (side: number): number => ((side - 4) / 2 - 4) / 2;

/**
 * NIID-Bench's CNN (Li et al. 2022): two 5×5 convolutions with 6 and 16 channels, 2×2 pooling, 120 and 84 units, ten classes.
 * @param input `[channels, height, width]`: `[1, 28, 28]` makes 44,426 parameters, `[3, 32, 32]` 62,006
 */
export const niidCnn = (input: readonly [number, number, number]): Graph => {
  const [channels, height, width] = input;
  return trace(
    sequential(
      ...[new Conv2d(channels, 6, 5), new ReLU(), new MaxPool2d(2), new Conv2d(6, 16, 5), new ReLU(), new MaxPool2d(2)],
      ...[new Flatten(), new Linear(16 * left(height) * left(width), 120), new ReLU(), new Linear(120, 84), new ReLU()],
      new Linear(84, 10),
    ),
    input,
  );
};
