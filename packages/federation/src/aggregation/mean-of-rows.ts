/** Adds a row to sums. Rows added in one order give the same bits each time. */
export function addRow(sums: Float64Array, row: Float32Array): void {
  for (let index = 0; index < sums.length; index++) sums[index] = (sums[index] as number) + (row[index] as number);
}

/** Sums by their count, each rounded to float32 once. */
export function writeMean(sums: Float64Array, count: number, target: Float32Array): void {
  // Sums begin with 0, so that there is no -0, whose sign would depend on which of two zeros came first.
  for (let index = 0; index < sums.length; index++) target[index] = (sums[index] as number) / count;
}

/** The mean of each place, added in the order of the rows in float64. */
export function meanOfRows(rows: readonly Float32Array[], target: Float32Array): void {
  const sums = new Float64Array(rows[0]?.length ?? 0);
  for (const row of rows) addRow(sums, row);
  writeMean(sums, rows.length, target);
}
