import { z } from "zod";
import type { NewJob } from "./strategy.js";

// Settings that several strategies have.

export const weighting = z
  .enum(["samples", "equal"])
  .default("samples")
  .describe("The weight of an update in the mean: the samples that its worker holds, or 1");

export type Weighting = z.output<typeof weighting>;

export const serverLearningRate = (standard: number) =>
  z
    .number()
    .positive()
    .max(1_000)
    .default(standard)
    .describe("Step size of the server, η: what the change that the updates make is multiplied by");

/** Of asynchronous rules. */
export const maximumStaleness = z
  .int()
  .min(0)
  .max(1_000_000)
  .default(1_000)
  .describe("Work on a version is called off, and its update refused, when more versions than this were made since");

/** f of the robust rules. */
export const byzantine = z
  .int()
  .min(0)
  .max(10_000)
  .default(1)
  .describe("Workers that may send anything at all, f, in a round");

export const population = z
  .int()
  .min(1)
  .max(1_000_000_000)
  .optional()
  .describe(
    "Workers that the whole federation has, of which a cohort is drawn: needed with `cohort.size`; without both, as many as are selected",
  );

/** Why a rule that counts the workers of the federation has nothing to count by. */
export const withoutPopulation = (
  { population }: { readonly population?: number | undefined },
  { cohort: { size } }: NewJob,
): string | undefined =>
  size === undefined || population !== undefined
    ? undefined
    : `strategy.population: is needed with cohort.size (${size}): how many workers the federation has, of which so many are drawn`;
