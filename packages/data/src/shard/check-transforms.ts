import { TributaryError } from "@tributary/protocol";
import type { Dataset } from "../dataset.js";
import { pipeline } from "../transforms/pipeline.js";
import type { Transform } from "../transforms/transform.js";

/**
 * A network is trained on transformed samples and scored on others as they are: both must have one shape.
 * @throws TributaryError `invalid_request` when they have not, or a transform does not fit the samples
 */
export function checkTransforms(set: Dataset, transforms: readonly Transform[] = []): void {
  const { shape } = pipeline(set, transforms);
  if (shape.join() !== set.shape.join())
    throw new TributaryError("invalid_request", `the transforms make [${shape}] of samples of [${set.shape}]`, {
      hint: "Let them end at the samples' own shape: pad by 4, then random-crop to 32×32.",
    });
}
