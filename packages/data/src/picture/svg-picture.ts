import { colourOf } from "./colours.js";
import { type LabelDistribution, labelsOf, largest, total } from "./label-distribution.js";

export interface SvgPictureOptions {
  /** Default "Labels by shard". */
  readonly title?: string;
  /** What each class is called, by label. Default: its number. */
  readonly classNames?: readonly string[];
}

/** All in pixels. */
const ROW = 24;
const BAR = 16;
const PLOT = 640;
const MARGIN = 16;
const TITLE = 40;
const LEGEND_ROW = 20;
const CHARACTER = 7.2;
/** Further labels are drawn and described, but not in the legend. */
const MOST_IN_LEGEND = 64;

/**
 * Label distributions as an SVG picture: a bar a shard, as long as it is large, in which each label has a piece of its colour. It stands
 * alone, has a description for those who don't see it, and says of each piece what it is when it is pointed at.
 *
 * @returns the text of a `.svg` file
 */
export function svgPicture(shards: readonly LabelDistribution[], options: SvgPictureOptions = {}): string {
  const { title = "Labels by shard", classNames = [] } = options;
  const labels = labelsOf(shards);
  const nameOf = (label: number) => classNames[label] ?? String(label);
  const left = MARGIN + Math.min(240, longest(shards.map(({ name }) => name)) * CHARACTER) + 8;
  const width = Math.ceil(left + PLOT + 90);
  const legend = legendOf(labels, nameOf, width - 2 * MARGIN);
  const legendTop = TITLE + shards.length * ROW + 16;
  const height = Math.ceil(legendTop + legend.rows * LEGEND_ROW + MARGIN);
  const bars = shards.map((shard, row) => barOf(shard, TITLE + row * ROW, { left, most: largest(shards), nameOf }));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description" font-family="system-ui, sans-serif" font-size="12" fill="#222">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(description(shards, nameOf))}</desc>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${MARGIN}" y="24" font-size="15" font-weight="600">${escaped(title)}</text>`,
    ...bars,
    `<g transform="translate(${MARGIN} ${legendTop})" aria-hidden="true">`,
    ...legend.entries,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

interface Frame {
  readonly left: number;
  /** Samples of the longest bar. */
  readonly most: number;
  readonly nameOf: (label: number) => string;
}

function barOf(shard: LabelDistribution, top: number, { left, most, nameOf }: Frame): string {
  const scale = PLOT / most;
  const baseline = top + 12;
  const lines = [
    `<g><text x="${left - 8}" y="${baseline}" text-anchor="end">${escaped(shortened(shard.name, 33))}</text>`,
  ];
  let before = 0;
  for (const [label, count] of shard.counts.entries()) {
    if (count === 0) continue;
    const what = `${shard.name}: ${figure(count)} of ${nameOf(label)}`;
    lines.push(
      `<rect x="${pixels(left + before * scale)}" y="${top}" width="${pixels(count * scale)}" height="${BAR}" fill="${colourOf(label)}" stroke="#fff" stroke-width="0.5"><title>${escaped(what)}</title></rect>`,
    );
    before += count;
  }
  lines.push(
    `<text x="${pixels(left + before * scale + 6)}" y="${baseline}" fill="#555">${figure(total(shard))}</text></g>`,
  );
  return lines.join("\n");
}

function legendOf(labels: number, nameOf: (label: number) => string, width: number) {
  const shown = Math.min(labels, MOST_IN_LEGEND);
  const names = Array.from({ length: shown }, (_, label) => shortened(nameOf(label), 24));
  const column = Math.max(44, longest(names) * CHARACTER + 28);
  const columns = Math.max(1, Math.floor(width / column));
  const entries = names.map((name, label) => {
    const x = pixels((label % columns) * column);
    const y = Math.floor(label / columns) * LEGEND_ROW;
    return `<rect x="${x}" y="${y}" width="12" height="12" fill="${colourOf(label)}"/><text x="${pixels(Number(x) + 18)}" y="${y + 10}">${escaped(name)}</text>`;
  });
  const rows = Math.ceil(shown / columns);
  if (labels === shown) return { entries, rows };
  const more = `<text x="0" y="${rows * LEGEND_ROW + 10}">and ${labels - shown} more</text>`;
  return { entries: [...entries, more], rows: rows + 1 };
}

/** The picture in words, for screen readers. */
function description(shards: readonly LabelDistribution[], nameOf: (label: number) => string): string {
  const lines = shards.slice(0, 100).map((shard) => {
    const held = [...shard.counts.entries()].filter(([, count]) => count > 0);
    const parts = held.slice(0, 50).map(([label, count]) => `${nameOf(label)} ${figure(count)}`);
    const more = held.length > parts.length ? `, and ${held.length - parts.length} more labels` : "";
    return `${shard.name}, ${figure(total(shard))} samples: ${parts.join(", ")}${more}.`;
  });
  const more = shards.length > lines.length ? ` And ${shards.length - lines.length} more shards.` : "";
  return `One bar a shard, as long as it has samples, divided by label. ${lines.join(" ")}${more}`;
}

const figure = (count: number): string => count.toLocaleString("en-US");

const pixels = (value: number): string => String(Math.round(value * 100) / 100);

const longest = (texts: readonly string[]): number => texts.reduce((most, { length }) => Math.max(most, length), 0);

const shortened = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** As text of XML, without the characters that XML 1.0 forbids. */
const escaped = (text: string): string =>
  text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\u{FFFD}")
    .replace(/[&<>"']/g, (character) => entities[character] ?? "");
