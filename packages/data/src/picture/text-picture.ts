import { type LabelDistribution, largest, total } from "./label-distribution.js";

export interface TextPictureOptions {
  /** Of the longest bar, in characters. Default 60. */
  readonly width?: number;
  /** Changes the look of a piece of a bar: gives it the colour of its label, for example. It must keep its length. */
  readonly paint?: (piece: string, label: number) => string;
}

/** One character a label, as far as they go. */
const SIGNS = "0123456789abcdefghijklmnopqrstuvwxyz";

/**
 * Label distributions as bars of text, a line each: as long as the shard is large, and in it for each label a run of its sign. Labels
 * from 36 on share the sign "+".
 *
 * @example
 * ```text
 * alice  00000111112222233333  24,754
 * bob    44444555566666        17,181
 * ```
 */
export function textPicture(shards: readonly LabelDistribution[], options: TextPictureOptions = {}): string {
  const { width = 60, paint = (piece) => piece } = options;
  const most = largest(shards);
  const nameWidth = shards.reduce((longest, { name }) => Math.max(longest, name.length), 0);
  return shards
    .map((shard) => {
      const length = Math.max(1, Math.round((total(shard) / most) * width));
      const pieces = piecesOf(shard, length);
      const bar = pieces.map((size, label) => (size > 0 ? paint(signOf(label).repeat(size), label) : "")).join("");
      const used = pieces.reduce((sum, size) => sum + size, 0);
      return `${shard.name.padEnd(nameWidth)}  ${bar}${" ".repeat(width - used)}  ${total(shard).toLocaleString("en-US")}`;
    })
    .join("\n");
}

const signOf = (label: number): string => SIGNS[label] ?? "+";

/** Characters for each label, whose edges are rounded from the left on, so that they add up to the length. */
function piecesOf(shard: LabelDistribution, length: number): number[] {
  const all = Math.max(1, total(shard));
  let sum = 0;
  let edge = 0;
  return shard.counts.map((count) => {
    sum += count;
    const next = Math.round((sum / all) * length);
    const size = next - edge;
    edge = next;
    return size;
  });
}
