import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RowSorter } from "./row-sorter.js";
import { sortingNetwork } from "./sorting-network.js";

/** One place of all rows: a network is right when it is right for one. */
const sortedBy =
  (wasm: boolean) =>
  (column: readonly number[], ranks: readonly [number, number] = [0, column.length]) => {
    const rows = column.map((value) => Float32Array.of(value));
    new RowSorter(column.length, ranks, { wasm }).sort(rows);
    return rows.map(([value]) => value);
  };

/** The sign of a zero is of no matter. */
const plainZero = (value: number) => value + 0;

describe.each([true, false])("a sorting network, with WebAssembly: %j", (wasm) => {
  const sorted = sortedBy(wasm);

  it("sorts every list of zeros and ones of up to ten values, and with them every list (Knuth, 5.3.4, theorem Z)", () => {
    for (let count = 1; count <= 10; count++)
      for (let bits = 0; bits < 2 ** count; bits++) {
        const column = Array.from({ length: count }, (_, index) => (bits >> index) & 1);
        expect(sorted(column)).toEqual(column.toSorted());
      }
  });

  it("sorts rows of any number and length, place by place", () => {
    const table = fc.tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 5 })).chain(([count, length]) =>
      fc.array(fc.float32Array({ minLength: length, maxLength: length, noNaN: true }), {
        minLength: count,
        maxLength: count,
      }),
    );
    fc.assert(
      fc.property(table, (rows) => {
        const places = rows[0]?.map((_, place) => place) ?? [];
        const wanted = [...places].map((place) => Float32Array.from(rows, (row) => row[place] ?? 0).sort());
        new RowSorter(rows.length, [0, rows.length], { wasm }).sort(rows);
        for (const place of places)
          expect(Float32Array.from(rows, (row) => plainZero(row[place] ?? 0))).toEqual(wanted[place]?.map(plainZero));
      }),
    );
  });

  it("compares no more than the wanted ranks need, and gets these right", () => {
    const ranked = fc
      .array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 40 })
      .chain((column) => fc.tuple(fc.constant(column), fc.nat({ max: column.length - 1 })));
    fc.assert(
      fc.property(ranked, ([column, rank]) => {
        expect(sorted(column, [rank, rank + 1])[rank]).toBe(column.toSorted((a, b) => a - b)[rank]);
      }),
    );
    expect(sortingNetwork(32, [15, 17]).length).toBeLessThan(sortingNetwork(32, [0, 32]).length);
  });

  it("sorts rows that are longer than what it looks at at a time", () => {
    const rows = [3, 1, 2].map((value) => new Float32Array(50_001).fill(value));
    new RowSorter(3, [0, 3], { wasm }).sort(rows);
    expect(rows.map((row) => [row[0], row[50_000]])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });
});
