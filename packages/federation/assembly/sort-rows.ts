// AssemblyScript, compiled to WebAssembly by ../generate.mjs. What it is for is in src/aggregation/row-sorter.ts.

/**
 * Compares and exchanges rows of float32, four places at a time: of each pair the lesser values go to the first row. Values
 * are no NaN.
 *
 * @param rows place of the first row
 * @param stride bytes of a row, a multiple of 64
 * @param network place of the pairs: first row, second row, as i32
 */
export function sortRows(rows: usize, stride: i32, network: usize, pairs: i32): void {
  for (let pair = 0; pair < pairs; pair++) {
    const at = network + ((<usize>pair) << 3);
    let low = rows + <usize>load<i32>(at) * <usize>stride;
    let high = rows + <usize>load<i32>(at, 4) * <usize>stride;
    for (const end = low + <usize>stride; low < end; ) {
      exchange(low, high, 0);
      exchange(low, high, 16);
      exchange(low, high, 32);
      exchange(low, high, 48);
      low += 64;
      high += 64;
    }
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function exchange(low: usize, high: usize, offset: usize): void {
  const a = v128.load(low + offset);
  const b = v128.load(high + offset);
  v128.store(low + offset, f32x4.pmin(a, b));
  v128.store(high + offset, f32x4.pmax(a, b));
}
