import type { Group, Result } from "./scenario.js";

/** A line of the table that needs a federation of its own, and says itself what must hold. */
export interface OwnScenario {
  readonly group: Group;
  readonly name: string;
  readonly short?: boolean;
  /** Why it can't be run on this machine, if so. */
  readonly impossible?: () => string | undefined;
  /** @param folder a new one, deleted afterwards */
  readonly run: (folder: string, seed: number) => Promise<Omit<Result, "group" | "name" | "seed">>;
}
