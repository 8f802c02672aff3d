import { TributaryError } from "@tributary/protocol";
import { type Dataset, sampleSize } from "./dataset.js";

const HINT = "Compare it with the description of Dataset.";

/** A data set may tell as many classes apart. */
export const MAX_CLASSES = 10_000;
/** And a sample may have as many channels, or features. */
export const MAX_CHANNELS = 10_000;
/** And as many dimensions: with that of the samples, what an IDX file holds and a worker registers. */
export const MAX_SAMPLE_DIMENSIONS = 7;

/** @throws TributaryError `invalid_request` naming what does not fit together in a data set that somebody made */
export function checkDataset(set: Dataset): void {
  const { name, count, shape, values, labels, ids } = set;
  const refuse = (what: string) =>
    new TributaryError("invalid_request", `the data set "${name}": ${what}`, { hint: HINT });
  if (shape.length < 1 || shape.length > MAX_SAMPLE_DIMENSIONS)
    throw refuse(`a sample of ${shape.length} dimensions, 1 to ${MAX_SAMPLE_DIMENSIONS} are possible`);
  if (!shape.every((length) => Number.isInteger(length) && length > 0))
    throw refuse(`[${shape}] is no shape of a sample`);
  if (values.length !== count * sampleSize(set))
    throw refuse(`${values.length} values are not ${count} samples of [${shape}]`);
  if (labels.length !== count) throw refuse(`${labels.length} labels for ${count} samples`);
  if (ids && (ids.of.length !== count || !ids.of.every((id) => id >= 0 && id < ids.names.length)))
    throw refuse("its ids are not one a sample");
  checkLabels(set);
  checkClasses(set, refuse);
  checkNormalisation(set, refuse);
  if (values instanceof Float32Array) checkFinite(values, sampleSize(set), refuse);
}

type Refuse = (what: string) => TributaryError;

function checkClasses({ classes, classNames }: Dataset, refuse: Refuse): void {
  if (!Number.isInteger(classes) || classes < 1 || classes > MAX_CLASSES)
    throw refuse(`${classes} classes, 1 to ${MAX_CLASSES} are possible`);
  if (classNames !== undefined && classNames.length !== classes)
    throw refuse(`${classNames.length} names for ${classes} classes`);
}

function checkNormalisation({ shape: [channels = 0], normalisation }: Dataset, refuse: Refuse): void {
  const { mean, deviation } = normalisation;
  if (channels > MAX_CHANNELS) throw refuse(`${channels} channels, ${MAX_CHANNELS} at most are possible`);
  if (mean.length !== channels || deviation.length !== channels)
    throw refuse(`a mean and a deviation for each of ${channels} channels are wanted`);
  if (!mean.every(Number.isFinite) || !deviation.every((value) => Number.isFinite(value) && value > 0))
    throw refuse("means must be finite, and deviations above 0");
}

function checkFinite(values: Float32Array, size: number, refuse: Refuse): void {
  const odd = values.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) throw refuse(`value ${odd % size} of sample ${Math.floor(odd / size)} is ${values[odd]}`);
}

/** @throws TributaryError `invalid_request` naming a label that is no class */
export function checkLabels({ labels, classes }: Pick<Dataset, "labels" | "classes">): void {
  const odd = labels.find((label) => label < 0 || label >= classes);
  if (odd !== undefined)
    throw new TributaryError("invalid_request", `a sample has the label ${odd}, but there are ${classes} classes`, {
      hint: HINT,
    });
}
