import { stream } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import { ByteReader } from "../byte-reader.js";
import { ByteWriter } from "../byte-writer.js";
import { randomOf } from "../testing/updates.js";
import { float32 } from "../values/float32.js";
import { orthonormalise } from "./factors.js";
import { powerSgd } from "./power-sgd.js";

const ROWS = 20;
const COLUMNS = 30;

function there(values: Float32Array, rank: number, shape: readonly number[] = [ROWS, COLUMNS], seed = 1): Float32Array {
  const random = randomOf(seed);
  const codec = powerSgd(rank, float32);
  const to = new ByteWriter(codec.bytes(shape).most);
  codec.write(values, shape, to, random);
  expect(to.position).toBe(codec.bytes(shape).least);
  const back = new Float32Array(values.length);
  const from = new ByteReader(to.written());
  codec.read(from, shape, back, random);
  from.end();
  return back;
}

const norm = (values: Iterable<number>) => Math.hypot(...values);
const less = (a: Float32Array, b: Float32Array) => a.map((value, index) => value - (b[index] ?? 0));

/** Columns of normal numbers, orthonormal, one after the other. */
function frame(length: number, count: number, name: string): Float64Array {
  const draw = stream(2, name);
  return orthonormalise(
    new Float64Array(length * count).map(() => draw.normal()),
    count,
  );
}

/** The matrix of these singular values, with drawn singular vectors. */
function withSingularValues(sigma: readonly number[]): Float32Array {
  const [u, v] = [frame(ROWS, sigma.length, "u"), frame(COLUMNS, sigma.length, "v")];
  return Float32Array.from({ length: ROWS * COLUMNS }, (_, at) => {
    const [row, column] = [Math.floor(at / COLUMNS), at % COLUMNS];
    return sigma.reduce((sum, s, k) => sum + s * (u[k * ROWS + row] ?? 0) * (v[k * COLUMNS + column] ?? 0), 0);
  });
}

describe("PowerSGD", () => {
  it("takes off a matrix all but rounding when its rank is not above its own", () => {
    const matrix = withSingularValues([5, 2]);
    for (const rank of [2, 3, 5]) expect(norm(less(matrix, there(matrix, rank)))).toBeLessThan(1e-5);
    expect(there(new Float32Array(ROWS * COLUMNS), 2)).toEqual(new Float32Array(ROWS * COLUMNS));
  });

  it("is P̂ P̂ᵀ M with P = M Q and P̂ orthonormal (algorithm 1), computed anew by definition", () => {
    const matrix = withSingularValues([5, 4, 3, 2, 1]);
    const start = randomOf(1)("start");
    const q = Array.from({ length: COLUMNS }, () => start.normal());
    const entry = (row: number, column: number) => matrix[row * COLUMNS + column] ?? 0;
    const p = Array.from({ length: ROWS }, (_, row) =>
      q.reduce((sum, value, column) => sum + value * entry(row, column), 0),
    );
    const unit = p.map((value) => value / norm(p));
    const wanted = Float32Array.from({ length: ROWS * COLUMNS }, (_, at) => {
      const [row, column] = [Math.floor(at / COLUMNS), at % COLUMNS];
      return (unit[row] ?? 0) * unit.reduce((sum, value, other) => sum + value * entry(other, column), 0);
    });
    expect(norm(less(wanted, there(matrix, 1)))).toBeLessThan(1e-5);
  });

  it("loses no more than there is, and little more than the best of its rank where singular values fall off", () => {
    const sigma = [10, 5, 0.1, 0.05, 0.02];
    const matrix = withSingularValues(sigma);
    const best = norm(sigma.slice(2));
    const lost = Array.from({ length: 51 }, (_, seed) => norm(less(matrix, there(matrix, 2, [ROWS, COLUMNS], seed))));
    for (const one of lost) {
      expect(one).toBeGreaterThanOrEqual(best * 0.999);
      expect(one).toBeLessThan(norm(sigma));
    }
    // The start is drawn: of half of the draws it is this good.
    expect(lost.toSorted((a, b) => a - b)[25]).toBeLessThan(2 * best);
    const flat = withSingularValues([1, 1, 1, 1, 1, 1, 1, 1]);
    expect(norm(less(flat, there(flat, 2)))).toBeLessThan(norm(flat));
  });

  it("sees the first axis as rows and all others as columns", () => {
    const matrix = withSingularValues([5, 2]);
    expect(there(matrix, 2, [ROWS, 5, 3, 2])).toEqual(there(matrix, 2));
  });

  it("sends a matrix as it is where two factors are no smaller", () => {
    const matrix = withSingularValues([5, 4, 3, 2, 1]);
    expect(there(matrix, 12)).toEqual(matrix);
    expect(powerSgd(11, float32).bytes([ROWS, COLUMNS]).most).toBe(4 * 11 * (ROWS + COLUMNS));
    expect(powerSgd(1, float32).bytes([300]).most).toBe(4 * 300);
  });
});

describe("PowerSGD with a warm start", () => {
  /** What a writing comes to, and the bytes of it. */
  function warm(values: Float32Array, start: Float32Array | undefined, seed: number, rank = 2) {
    const codec = powerSgd(rank, float32);
    const to = new ByteWriter(codec.bytes([ROWS, COLUMNS]).most);
    const next = codec.warm?.write(values, [ROWS, COLUMNS], to, randomOf(seed), start) ?? new Float32Array();
    const back = new Float32Array(values.length);
    codec.read(new ByteReader(to.written()), [ROWS, COLUMNS], back, randomOf(seed));
    return { next, back };
  }

  it("comes to the best of its rank on a matrix that stays, and a cold one does not", () => {
    const sigma = [5, 4, 3, 2, 1];
    const matrix = withSingularValues(sigma);
    const best = norm(sigma.slice(2));
    let start: Float32Array | undefined;
    let lost = Number.NaN;
    for (let round = 0; round < 40; round++) {
      const { next, back } = warm(matrix, start, round);
      lost = norm(less(matrix, back));
      start = next;
    }
    expect(lost).toBeLessThan(best * 1.0001);
    const cold = Array.from({ length: 40 }, (_, seed) => norm(less(matrix, there(matrix, 2, [ROWS, COLUMNS], seed))));
    expect(Math.min(...cold)).toBeGreaterThan(best * 1.001);
  });

  it("begins as a cold one does, and keeps columns of length 1", () => {
    const matrix = withSingularValues([5, 4, 3]);
    const { next, back } = warm(matrix, undefined, 1);
    expect(back).toEqual(there(matrix, 2));
    for (const column of [next.subarray(0, COLUMNS), next.subarray(COLUMNS)]) expect(norm(column)).toBeCloseTo(1, 6);
    for (const scale of [1e-37, 1e17]) {
      const { next } = warm(
        matrix.map((value) => value * scale),
        undefined,
        1,
      );
      expect(norm(next.subarray(0, COLUMNS))).toBeCloseTo(1, 6);
    }
  });

  it("begins a column anew that came to nothing, so that a matrix that is no longer of low rank is found", () => {
    const nothing = warm(new Float32Array(ROWS * COLUMNS), undefined, 1).next;
    expect(nothing).toEqual(new Float32Array(2 * COLUMNS));
    const matrix = withSingularValues([5, 2]);
    expect(warm(matrix, nothing, 2).back).toEqual(there(matrix, 2, [ROWS, COLUMNS], 2));
    const one = Float32Array.from({ length: ROWS * COLUMNS }, (_, at) => (at < COLUMNS ? at + 1 : 0));
    const half = warm(one, undefined, 1).next;
    expect(norm(half.subarray(COLUMNS))).toBe(0);
    expect(norm(less(matrix, warm(matrix, half, 2).back))).toBeLessThan(1e-4);
  });
});

describe("orthonormal columns", () => {
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  const column = (factor: Float64Array, index: number) => factor.subarray(index * ROWS, (index + 1) * ROWS);

  it("have length 1 and stand upright on each other, also of nearly parallel ones", () => {
    const draw = stream(9, "columns");
    const base = Float64Array.from({ length: ROWS }, () => draw.normal());
    const factor = new Float64Array(ROWS * 4).map((_, at) => (base[at % ROWS] ?? 0) + 1e-7 * draw.normal());
    orthonormalise(factor, 4);
    for (let a = 0; a < 4; a++)
      for (let b = 0; b < 4; b++) expect(dot(column(factor, a), column(factor, b))).toBeCloseTo(a === b ? 1 : 0, 9);
  });

  it("are zeros where they depend on those before", () => {
    const factor = new Float64Array(ROWS * 3).map((_, at) => (at < 2 * ROWS ? (at % ROWS) + 1 : 0));
    orthonormalise(factor, 3);
    expect(norm(column(factor, 0))).toBeCloseTo(1, 12);
    expect(norm(factor.subarray(ROWS))).toBe(0);
  });
});
