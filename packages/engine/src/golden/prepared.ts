import { cases, golden, graphOf } from "./cases.js";
import type { Prepared } from "./run.js";

const values = new Map(golden.cases.map((one) => [one.name, one]));

/** Every case with its graph and PyTorch's values. @throws Error when golden.py was not run after a case was added */
export const prepared: readonly Prepared[] = cases.map((about) => {
  const one = values.get(about.name);
  if (one === undefined) throw new Error(`golden.json.gz has nothing for "${about.name}": run golden.py again`);
  return { about, graph: graphOf(about), golden: one };
});
