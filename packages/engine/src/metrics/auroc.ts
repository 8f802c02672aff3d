import { TributaryError } from "@tributary/protocol";
import { checkCount, checkRows, type Outputs } from "./rows.js";

/**
 * Area under the receiver operating characteristic: the probability that a positive sample scores above a negative one, a tie
 * being half a win. By ranks (Mann and Whitney 1947).
 *
 * @param scores any numbers; only their order matters
 * @param isPositive of the same samples
 * @returns from 0 to 1; NaN when there is no positive or no negative sample, or a score is NaN
 * @throws TributaryError `shape_mismatch` when the lengths differ
 */
export function auroc(scores: ArrayLike<number>, isPositive: ArrayLike<boolean>): number {
  if (scores.length !== isPositive.length)
    throw new TributaryError("shape_mismatch", `${scores.length} scores are not of ${isPositive.length} samples`);
  const samples = Array.from(scores, (score, index) => ({ score, positive: isPositive[index] === true }));
  if (samples.some(({ score }) => Number.isNaN(score))) return Number.NaN;
  samples.sort((a, b) => compare(a.score, b.score));
  const positives = samples.filter(({ positive }) => positive).length;
  const negatives = samples.length - positives;
  let wins = 0;
  let negativesBelow = 0;
  for (let from = 0; from < samples.length; ) {
    const score = samples[from]?.score;
    const tied = { positives: 0, negatives: 0 };
    while (from < samples.length && samples[from]?.score === score) {
      if (samples[from]?.positive) tied.positives += 1;
      else tied.negatives += 1;
      from += 1;
    }
    wins += tied.positives * (negativesBelow + tied.negatives / 2);
    negativesBelow += tied.negatives;
  }
  return wins / (positives * negatives);
}

/** Infinite scores have an order, too, but their difference is NaN. */
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The mean over the classes of the AUROC of each against the rest. Classes that no sample or every sample is of have none and
 * are left out.
 *
 * @param probabilities `[samples, classes]`, row-major. The scores of a class are compared from sample to sample, so logits
 *   must go through `softmaxRows` first
 * @returns from 0 to 1; NaN when no class is left, or a score is NaN
 * @throws TributaryError `shape_mismatch` when the two do not fit
 */
export function macroAuroc(probabilities: Outputs, labels: ArrayLike<number>, classes: number): number {
  checkCount("classes", classes);
  checkRows(probabilities, labels, classes);
  if (probabilities.some(Number.isNaN)) return Number.NaN;
  const actual = Array.from(labels);
  const areas = Array.from({ length: classes }, (_, index) =>
    auroc(
      actual.map((_, sample) => probabilities[sample * classes + index] ?? Number.NaN),
      actual.map((label) => label === index),
    ),
  ).filter((area) => !Number.isNaN(area));
  return areas.reduce((sum, area) => sum + area, 0) / areas.length;
}

/** Probabilities of logits or log-probabilities, row by row in float64. @param outputs `[samples, classes]`, row-major */
export function softmaxRows(outputs: Outputs, classes: number): Float64Array {
  const probabilities = Float64Array.from(outputs);
  for (let from = 0; from < probabilities.length; from += classes) {
    const row = probabilities.subarray(from, from + classes);
    const highest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const sum = row.reduce((total, value) => total + Math.exp(value - highest), 0);
    row.forEach((value, index) => {
      row[index] = Math.exp(value - highest) / sum;
    });
  }
  return probabilities;
}
