import type { LaidParameter } from "../strategies/strategy.js";

/** Numbers of one parameter within a part of the model; places count from the part's begin. */
export interface Run {
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly buffer: boolean;
}

/** The parameters that lie between two places of the model. */
export function runsOf(parameters: readonly LaidParameter[], start: number, end: number): Run[] {
  const runs: Run[] = [];
  let at = 0;
  for (const { name, elements, buffer } of parameters) {
    const [from, to] = [Math.max(at, start), Math.min(at + elements, end)];
    if (from < to) runs.push({ from: from - start, to: to - start, name, buffer });
    at += elements;
  }
  return runs;
}
