import type { Contribution } from "./strategy.js";

/** More versions behind than this make no difference. */
const MOST = 1e9;

/** τ, as a number that can be reckoned with. */
export const stalenessOf = ({ staleness }: Pick<Contribution, "staleness">): number =>
  staleness >= 0 ? Math.min(staleness, MOST) : 0;

/** s(τ) = 1 / (1 + τ)^a: how much an update counts that began τ versions ago. */
export const polynomial = (staleness: number, a: number): number => (1 + staleness) ** -a;
