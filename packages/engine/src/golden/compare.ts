import type { Packed } from "./cases.js";

/** How far a tensor is from PyTorch's. */
export interface Distance {
  /** Of what is allowed; up to 1 is well. */
  readonly share: number;
  /** The largest distance, relative to the largest value of the tensor. */
  readonly error: number;
}

export const noDistance: Distance = { share: 0, error: 0 };

export const farther = (a: Distance, b: Distance): Distance => ({
  share: Math.max(a.share, b.share),
  error: Math.max(a.error, b.error),
});

const RELATIVE = 1e-4;
const ABSOLUTE = 1e-5;

/**
 * Compares with relative 1e-4 and absolute 1e-5. Where all values of a tensor are below 1, as gradients often are, the absolute part
 * is as much smaller as its largest value, down to a hundredth, so that small gradients are compared too.
 *
 * @param times as much is allowed. Default 1
 */
export function distance(
  actual: { readonly shape: readonly number[]; readonly values: ArrayLike<number> },
  expected: Packed,
  times = 1,
): Distance {
  const never = { share: Number.POSITIVE_INFINITY, error: Number.POSITIVE_INFINITY };
  const { every = 1, values, sum = 0, magnitude = 0, norm = 0 } = expected;
  if (String(actual.shape) !== String(expected.shape)) return never;
  if (Math.ceil(actual.values.length / every) !== values.length) return never;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = Math.min(1, Math.max(0.01, largest));
  const of = (value: number, wanted: number, absolute: number): Distance => {
    const far = Math.abs(value - wanted);
    if (Number.isNaN(far)) return never;
    return {
      share: far / (times * (absolute + RELATIVE * Math.abs(wanted))),
      error: far / Math.max(largest, scale),
    };
  };
  const each = values
    .map((wanted, at) => of(actual.values[at * every] ?? Number.NaN, wanted, ABSOLUTE * scale))
    .reduce(farther, noDistance);
  if (every === 1) return each;
  const all = Array.from(actual.values);
  const found = {
    sum: all.reduce((total, value) => total + value, 0),
    norm: Math.sqrt(all.reduce((total, value) => total + value * value, 0)),
  };
  // Sums of many values, each of which may be off by what is allowed.
  const allowed = times * (RELATIVE * magnitude + ABSOLUTE * scale * Math.sqrt(all.length));
  const sums = { share: Math.abs(found.sum - sum) / allowed, error: 0 };
  return [each, sums, { ...of(found.norm, norm, ABSOLUTE * scale), error: 0 }].reduce(farther);
}
