/** A point of a line: where, and how much. */
export type Point = readonly [x: number, y: number];

/**
 * Fewer points that look the same: of each of `columns` equally wide columns the first, the lowest, the highest and the last.
 * @param points sorted by x
 */
export function downsample(points: readonly Point[], columns: number): readonly Point[] {
  const first = points[0]?.[0];
  const last = points.at(-1)?.[0];
  if (first === undefined || last === undefined || points.length <= 4 * columns || first === last) return points;
  const kept: Point[] = [];
  let column: Point[] = [];
  let at = 0;
  for (const point of points) {
    const its = Math.min(columns - 1, Math.floor(((point[0] - first) / (last - first)) * columns));
    if (its !== at) {
      kept.push(...outline(column));
      column = [];
      at = its;
    }
    column.push(point);
  }
  kept.push(...outline(column));
  return kept;
}

function outline(column: readonly Point[]): Point[] {
  const [first] = column;
  const last = column.at(-1);
  if (first === undefined || last === undefined) return [];
  let low = first;
  let high = first;
  for (const point of column) {
    if (point[1] < low[1]) low = point;
    if (point[1] > high[1]) high = point;
  }
  return [...new Set([first, low, high, last])].sort((a, b) => a[0] - b[0]);
}
