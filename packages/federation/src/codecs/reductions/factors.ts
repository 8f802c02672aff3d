/**
 * The matrix work of PowerSGD. A matrix M is row-major; factors are columns one after the other, so that the number of columns, the rank, is
 * length / rows. Sums are in float64.
 */

/** P = M Q. */
export function leftFactor(matrix: Float32Array, right: Float64Array, rows: number): Float64Array {
  const columns = matrix.length / rows;
  const rank = right.length / columns;
  const left = new Float64Array(rank * rows);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < rank; column++) {
      let sum = 0;
      const [at, from] = [row * columns, column * columns];
      for (let index = 0; index < columns; index++)
        sum += (matrix[at + index] as number) * (right[from + index] as number);
      left[column * rows + row] = sum;
    }
  return left;
}

/** Q = Mᵀ P. */
export function rightFactor(matrix: Float32Array, left: Float64Array, columns: number): Float64Array {
  const rows = matrix.length / columns;
  const rank = left.length / rows;
  const right = new Float64Array(rank * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < rank; column++) {
      const weight = left[column * rows + row] as number;
      const [at, to] = [row * columns, column * columns];
      for (let index = 0; index < columns; index++)
        right[to + index] = (right[to + index] as number) + weight * (matrix[at + index] as number);
    }
  return right;
}

/** What is left of a column below this share of it is rounding. */
const NOTHING = 1e-9;

/** Gram and Schmidt's, modified, twice over, in place. A column that depends on those before it becomes zeros. */
export function orthonormalise(factor: Float64Array, rank: number): Float64Array {
  const rows = factor.length / rank;
  for (let column = 0; column < rank; column++) {
    const own = factor.subarray(column * rows, (column + 1) * rows);
    const before = norm(own);
    for (let pass = 0; pass < 2; pass++)
      for (let other = 0; other < column; other++) takeOff(own, factor.subarray(other * rows, (other + 1) * rows));
    const after = norm(own);
    if (after <= before * NOTHING) own.fill(0);
    else for (let index = 0; index < rows; index++) own[index] = (own[index] as number) / after;
  }
  return factor;
}

function takeOff(own: Float64Array, direction: Float64Array): void {
  let part = 0;
  for (let index = 0; index < own.length; index++) part += (own[index] as number) * (direction[index] as number);
  for (let index = 0; index < own.length; index++)
    own[index] = (own[index] as number) - part * (direction[index] as number);
}

function norm(values: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += (values[index] as number) ** 2;
  return Math.sqrt(sum);
}

/** M = P Qᵀ. */
export function product(left: Float32Array, right: Float32Array, rank: number, into: Float32Array): void {
  const rows = left.length / rank;
  const columns = right.length / rank;
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let column = 0; column < rank; column++) {
      const weight = left[column * rows + row] as number;
      const from = column * columns;
      for (let index = 0; index < columns; index++)
        sums[index] = (sums[index] as number) + weight * (right[from + index] as number);
    }
    into.set(sums, row * columns);
  }
}
