import type { Line } from "./line.js";

/** A part of a screen. */
export interface Block {
  /** What matters less is left out first: the highest rank. */
  readonly rank: number;
  /** Fewest lines with which it is of use. */
  readonly least: number;
  /** Most lines that it fills. */
  readonly most: number;
  /** An empty line goes before it where there is room. */
  readonly apart?: boolean;
  /** @param rows from `least` to `most` */
  readonly draw: (rows: number) => readonly Line[];
}

/** A block of these lines, or none of them. */
export const fixed = (rank: number, lines: readonly Line[], apart = false): Block => ({
  ...{ rank, least: lines.length, most: lines.length, apart },
  draw: () => lines,
});

/**
 * Blocks one below the other on exactly so many lines, the last of them at the bottom. What has no room is left out, by rank; what
 * room is left is shared evenly among the blocks that can fill it.
 */
export function layout(blocks: readonly Block[], height: number): Line[] {
  const rows = new Map<Block, number>();
  let left = height;
  for (const block of [...blocks].sort((one, other) => one.rank - other.rank)) {
    if (block.most === 0 || block.least > left) continue;
    rows.set(block, block.least);
    left -= block.least;
  }
  const shown = blocks.filter((block) => rows.has(block));
  const gaps = new Set<Block>();
  for (const block of shown.slice(1)) {
    if (!block.apart || left === 0) continue;
    gaps.add(block);
    left -= 1;
  }
  for (let grew = true; grew && left > 0; ) {
    grew = false;
    for (const block of shown) {
      const has = rows.get(block) ?? 0;
      if (has >= block.most || left === 0) continue;
      rows.set(block, has + 1);
      left -= 1;
      grew = true;
    }
  }
  return shown.flatMap((block, at) => {
    const blank = (gaps.has(block) ? 1 : 0) + (at > 0 && at === shown.length - 1 ? left : 0);
    return [...Array.from({ length: blank }, () => []), ...block.draw(rows.get(block) ?? 0)];
  });
}
