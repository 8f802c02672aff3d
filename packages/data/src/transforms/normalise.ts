import { TributaryError } from "@tributary/protocol";
import type { Normalisation } from "../dataset.js";
import type { Step } from "./step.js";
import type { FullTransform } from "./transform.js";

/** (value − mean) / deviation by channel; what the transform leaves out is the data set's own. */
export function normalise(
  { mean: givenMean, deviation: givenDeviation }: Extract<FullTransform, { kind: "normalise" }>,
  shape: readonly number[],
  own: Normalisation,
): Step {
  const [channels = 1] = shape;
  const { mean, deviation } = { mean: givenMean ?? own.mean, deviation: givenDeviation ?? own.deviation };
  if (mean.length !== channels || deviation.length !== channels)
    throw new TributaryError(
      "invalid_request",
      `normalise has ${mean.length} means and ${deviation.length} deviations for ${channels} channels`,
      { hint: "Give one for each channel, or none." },
    );
  return {
    shape,
    random: false,
    run(sample) {
      const plane = sample.length / channels;
      for (let channel = 0; channel < channels; channel++) {
        const [centre, width] = [mean[channel] ?? 0, deviation[channel] ?? 1];
        for (let at = channel * plane; at < (channel + 1) * plane; at++)
          sample[at] = ((sample[at] ?? 0) - centre) / width;
      }
      return sample;
    },
  };
}
