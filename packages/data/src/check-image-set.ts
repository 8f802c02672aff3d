import { TributaryError } from "@tributary/protocol";
import { type ImageSet, sampleSize } from "./image-set.js";

const HINT = "Compare it with the description of ImageSet.";

/** @throws TributaryError `invalid_request` naming what does not fit together in images that somebody made */
export function checkImageSet(set: ImageSet): void {
  const { name, count, shape, images, labels, normalisation } = set;
  const refuse = (what: string) =>
    new TributaryError("invalid_request", `the images "${name}": ${what}`, { hint: HINT });
  if (!shape.every((length) => Number.isInteger(length) && length > 0))
    throw refuse(`[${shape}] is no shape of a sample`);
  if (images.length !== count * sampleSize(set))
    throw refuse(`${images.length} values are not ${count} samples of [${shape}]`);
  if (labels.length !== count) throw refuse(`${labels.length} labels for ${count} samples`);
  checkLabels(set);
  const [channels] = shape;
  const { mean, deviation } = normalisation;
  if (mean.length !== channels || deviation.length !== channels)
    throw refuse(`a mean and a deviation for each of ${channels} channels are wanted`);
  if (!mean.every(Number.isFinite) || !deviation.every((value) => Number.isFinite(value) && value > 0))
    throw refuse("means must be finite, and deviations above 0");
}

/** @throws TributaryError `invalid_request` naming a label that is no class */
export function checkLabels({ labels, classes }: Pick<ImageSet, "labels" | "classes">): void {
  const odd = labels.find((label) => label >= classes);
  if (odd !== undefined)
    throw new TributaryError("invalid_request", `a sample has the label ${odd}, but there are ${classes} classes`, {
      hint: HINT,
    });
}
