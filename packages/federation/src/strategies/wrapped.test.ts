import { describe, expect, it } from "vitest";
import { isAllowed, type StrategySection } from "../testing/strategy-cases.js";
import { strategies, wrappers } from "./strategies.js";
import { holdsStrategyContract } from "./strategy.contract.js";

const sections = strategies.map(({ kind, example }): StrategySection => ({ kind, ...example }));
const around = (of: object) => wrappers.map(({ kind, example }): StrategySection => ({ kind, ...example, of }));
/** What may be asked for. */
const once = sections.flatMap(around).filter(isAllowed);
/** Two of a kind, and two of different kinds, in either order, around one that streams and one that needs all updates. */
const inner = (["model", "window"] as const).flatMap(
  (memory) => strategies.find((strategy) => strategy.memory === memory)?.kind ?? [],
);
const twice = inner.flatMap((kind) => around({ kind }).flatMap(around)).filter(isAllowed);

describe("every wrapper around every strategy", () => {
  for (const strategy of once) holdsStrategyContract(strategy, { share: 0.2 });

  it("may be asked for, but for a few that make no sense", () => {
    expect(once.length).toBeGreaterThan(0.9 * wrappers.length * strategies.length);
  });
});

describe("wrappers around wrappers", () => {
  for (const strategy of twice) holdsStrategyContract(strategy, { share: 0.2 });
});
