import type { Gathered } from "./gathered.js";

/** A weighted sum of all updates and, perhaps, of another vector, that is never in memory whole. */
export interface Combination {
  /** A weight for each update. */
  readonly weights: readonly number[];
  /** A further vector, with its weight. */
  readonly other?: { readonly weight: number; read(start: number, end: number): Promise<Float64Array> } | undefined;
}

/** A part of a combination, with the updates that it is made of. */
export interface CombinedWindow {
  readonly start: number;
  readonly rows: readonly Float32Array[];
  readonly values: Float64Array;
}

/** A combination window by window, from `start` up to and without `end`. */
export async function* combined(
  gathered: Gathered,
  { weights, other }: Combination,
  start?: number,
  end?: number,
): AsyncGenerator<CombinedWindow> {
  for await (const { start: at, rows } of gathered.windows(start, end)) {
    const values = new Float64Array(rows[0]?.length ?? 0);
    if (other !== undefined) addScaled(values, await other.read(at, at + values.length), other.weight);
    for (const [index, row] of rows.entries()) addScaled(values, row, weights[index] ?? 0);
    yield { start: at, rows, values };
  }
}

/** The distance of each update from a combination, ‖xᵢ − v‖₂: all updates are read once. */
export async function distancesFrom(gathered: Gathered, combination: Combination): Promise<number[]> {
  const squares = new Float64Array(gathered.count);
  for await (const { rows, values } of combined(gathered, combination))
    for (const [index, row] of rows.entries())
      squares[index] = (squares[index] as number) + squaredDistance(row, values);
  return [...squares].map(Math.sqrt);
}

function addScaled(target: Float64Array, values: Float32Array | Float64Array, factor: number): void {
  for (let index = 0; index < target.length; index++)
    target[index] = (target[index] as number) + factor * (values[index] as number);
}

function squaredDistance(row: Float32Array, values: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < row.length; index++) {
    const difference = (row[index] as number) - (values[index] as number);
    sum += difference * difference;
  }
  return sum;
}
