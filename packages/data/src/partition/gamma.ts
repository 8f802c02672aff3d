import type { RandomStream } from "@tributary/protocol";

/**
 * The logarithm of a gamma variate with this shape and scale 1: for small shapes most variates are too small for a number,
 * but not their logarithms. Source: Marsaglia and Tsang 2000, and its section 6 for shapes below 1.
 */
export function logGamma(random: RandomStream, shape: number): number {
  if (shape < 1) return logGamma(random, shape + 1) + Math.log(1 - random.uniform()) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}

/** `count` fractions whose sum is 1, drawn from Dir(alpha, …, alpha). */
export function symmetricDirichlet(random: RandomStream, count: number, alpha: number): number[] {
  const logs = Array.from({ length: count }, () => logGamma(random, alpha));
  const largest = logs.reduce((most, log) => Math.max(most, log));
  const weights = logs.map((log) => Math.exp(log - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
