import type { Gathered } from "./gathered.js";

/** Updates whose distances may be known at once: 32 MiB. */
export const MOST_COMPARED = 2_048;
/** Numbers that are compared at a time: those of a few dozen updates stay in the processor's cache. */
const BLOCK = 2_048;

/** Squared distances between all updates. */
export class PairDistances {
  readonly #squares: Float64Array;

  private constructor(readonly count: number) {
    this.#squares = new Float64Array(count * count);
  }

  /** Reads all updates once. Each distance is summed up in float64, in the order of the model. */
  static async of(gathered: Gathered): Promise<PairDistances> {
    const distances = new PairDistances(gathered.count);
    for await (const { rows } of gathered.windows()) {
      const length = rows[0]?.length ?? 0;
      for (let start = 0; start < length; start += BLOCK) distances.#add(rows, start, Math.min(length, start + BLOCK));
    }
    return distances;
  }

  /** ‖xᵢ − xⱼ‖² */
  between(i: number, j: number): number {
    return this.#squares[Math.min(i, j) * this.count + Math.max(i, j)] as number;
  }

  #add(rows: readonly Float32Array[], start: number, end: number): void {
    const squares = this.#squares;
    for (const [i, row] of rows.entries())
      for (let j = i + 1; j < rows.length; j++) {
        const place = i * this.count + j;
        squares[place] = (squares[place] as number) + squaredDistance(row, rows[j] ?? row, start, end);
      }
  }
}

function squaredDistance(a: Float32Array, b: Float32Array, start: number, end: number): number {
  let sum = 0;
  for (let index = start; index < end; index++) {
    const difference = (a[index] as number) - (b[index] as number);
    sum += difference * difference;
  }
  return sum;
}
