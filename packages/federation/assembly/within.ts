// AssemblyScript, compiled to WebAssembly by ../generate.mjs. What it is for is in src/admission/bounds-check.ts.

/**
 * Whether the absolute values of `count` float32 are all at most `maxAbs` (NaN never is).
 *
 * @param values their place
 */
export function areWithin(values: usize, count: i32, maxAbs: f32): bool {
  const bounds = f32x4.splat(maxAbs);
  let within = v128.splat<i32>(-1);
  let at = 0;
  for (const end = count & ~7; at < end; at += 8) {
    const from = values + ((<usize>at) << 2);
    const low = f32x4.le(f32x4.abs(v128.load(from)), bounds);
    within = v128.and(within, v128.and(low, f32x4.le(f32x4.abs(v128.load(from, 16)), bounds)));
  }
  for (; at < count; at++) if (!(abs(load<f32>(values + ((<usize>at) << 2))) <= maxAbs)) return false;
  return v128.all_true<i32>(within);
}
