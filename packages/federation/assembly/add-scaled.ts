// AssemblyScript, compiled to WebAssembly by ../generate.mjs. What it computes, and why, is in src/aggregation/exact-mean.ts.

/** Values between two looks at whether all were within bounds. */
const BLOCK: i32 = 2048;

/**
 * sums[i] += round(values[i] * factor), to whole numbers: the same operations of IEEE 754 in the same order as in JavaScript.
 *
 * @param sums place of `count` float64
 * @param values place of `count` float32
 * @param rounder 1.5 * 2^52
 * @returns the place of the first value whose absolute value is not at most `maxAbs` (NaN never is); -1 when there is none.
 *   What was added then is of no use
 */
export function addScaled(sums: usize, values: usize, count: i32, factor: f64, rounder: f64, maxAbs: f32): i32 {
  const factors = f64x2.splat(factor);
  const rounders = f64x2.splat(rounder);
  const bounds = f32x4.splat(maxAbs);
  let at = 0;
  for (; at + 8 <= count; ) {
    const end = at + min(BLOCK, (count - at) & ~7);
    const first = at;
    let within = v128.splat<i32>(-1);
    for (; at < end; at += 8) {
      const from = values + ((<usize>at) << 2);
      const to = sums + ((<usize>at) << 3);
      const a = v128.load(from);
      const b = v128.load(from, 16);
      within = v128.and(within, v128.and(f32x4.le(f32x4.abs(a), bounds), f32x4.le(f32x4.abs(b), bounds)));
      add(to, 0, f64x2.promote_low_f32x4(a), factors, rounders);
      add(to, 16, f64x2.promote_low_f32x4(v128.shuffle<i32>(a, a, 2, 3, 2, 3)), factors, rounders);
      add(to, 32, f64x2.promote_low_f32x4(b), factors, rounders);
      add(to, 48, f64x2.promote_low_f32x4(v128.shuffle<i32>(b, b, 2, 3, 2, 3)), factors, rounders);
    }
    if (!v128.all_true<i32>(within)) return firstBeyond(values, first, end, maxAbs);
  }
  for (; at < count; at++) {
    const value = load<f32>(values + ((<usize>at) << 2));
    if (!(abs(value) <= maxAbs)) return at;
    const to = sums + ((<usize>at) << 3);
    store<f64>(to, load<f64>(to) + (<f64>value * factor + rounder - rounder));
  }
  return -1;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function add(sums: usize, offset: usize, values: v128, factors: v128, rounders: v128): void {
  const whole = f64x2.sub(f64x2.add(f64x2.mul(values, factors), rounders), rounders);
  v128.store(sums + offset, f64x2.add(v128.load(sums + offset), whole));
}

/**
 * values[i] = sums[i] / divisor, rounded to float32 once.
 *
 * @param sums place of `count` float64
 * @param values place of `count` float32
 */
export function divideSums(sums: usize, values: usize, count: i32, divisor: f64): void {
  const divisors = f64x2.splat(divisor);
  let at = 0;
  for (; at + 4 <= count; at += 4) {
    const from = sums + ((<usize>at) << 3);
    const low = f32x4.demote_f64x2_zero(f64x2.div(v128.load(from), divisors));
    const high = f32x4.demote_f64x2_zero(f64x2.div(v128.load(from, 16), divisors));
    v128.store(values + ((<usize>at) << 2), v128.shuffle<i32>(low, high, 0, 1, 4, 5));
  }
  for (; at < count; at++)
    store<f32>(values + ((<usize>at) << 2), <f32>(load<f64>(sums + ((<usize>at) << 3)) / divisor));
}

function firstBeyond(values: usize, start: i32, end: i32, maxAbs: f32): i32 {
  for (let at = start; at < end; at++) if (!(abs(load<f32>(values + ((<usize>at) << 2))) <= maxAbs)) return at;
  return -1;
}
