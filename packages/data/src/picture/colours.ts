/** Ten colours that also people who confuse red and green can tell apart, by lightness. */
const TEN = [
  ...["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee"],
  ...["#aa3377", "#999999", "#332288", "#ee8866", "#44bb99"],
];

/** The colour of a label, `#rrggbb` or `hsl(…)`: after the first ten, hues at the golden angle, in which neighbours are far apart. */
export const colourOf = (label: number): string =>
  TEN[label] ?? `hsl(${Math.round((label * 137.508) % 360)} ${55 + (label % 3) * 12}% ${42 + (label % 4) * 8}%)`;
