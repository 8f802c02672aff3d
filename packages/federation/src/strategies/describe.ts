import { z } from "zod";
import { type Field, fieldsWithin } from "../job/fields.js";
import { checkJobSpec } from "../job/parse-job-spec.js";
import { strategies, strategyOf, wrappers } from "./strategies.js";
import type { Strategy } from "./strategy.js";

/** A strategy, as people read of it. */
export interface StrategyDescription extends Pick<Strategy, "kind" | "state" | "objective"> {
  /** What it is, with its paper. */
  readonly about: string;
  /** What is in memory: as the definition says it, or what the inner strategy takes. */
  readonly memory: "model" | "reread" | "window" | "inner";
  /** Least updates, with the settings of the example. */
  readonly least: number;
  /** Most updates, with those settings. Absent: as many as there are. */
  readonly most?: number;
  /** Its settings besides `kind` and `of`. */
  readonly settings: readonly Pick<Field, "key" | "allowed" | "standard" | "required" | "meaning">[];
  /** A section `strategy` that is right. State, objective, least and most are those of it. */
  readonly example: object;
}

/** Every strategy and every wrapper of the lists. */
export const describeStrategies = (): StrategyDescription[] => [
  ...strategies.map(({ kind, about, memory, schema, example }) => ({
    ...{ kind, about, memory },
    ...describe({ kind, ...example }, schema),
  })),
  ...wrappers.map(({ kind, about, schemaOf, example }) => ({
    ...{ kind, about, memory: "inner" as const },
    ...describe({ kind, ...example }, schemaOf(z.unknown())),
  })),
];

function describe(
  example: object,
  schema: z.ZodType,
): Pick<StrategyDescription, "state" | "objective" | "least" | "most" | "settings" | "example"> {
  const { state, objective, least, most } = strategyOf(
    checkJobSpec({ model: "any", dataset: "any", strategy: example }),
  );
  const settings = fieldsWithin(schema)
    .filter(({ key }) => key !== "kind" && key !== "of")
    .map(({ key, allowed, standard, required, meaning }) => ({ key, allowed, standard, required, meaning }));
  return { state, objective, least, ...(most !== undefined && { most }), settings, example };
}
