/** The first of the highest values of a row; a NaN counts as highest, as in PyTorch. */
export function indexOfHighest(row: ArrayLike<number>): number {
  let index = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < row.length; at++) {
    const value = row[at] ?? Number.NaN;
    if (Number.isNaN(value)) return at;
    if (value > highest) {
      highest = value;
      index = at;
    }
  }
  return index;
}
