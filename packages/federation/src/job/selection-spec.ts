import { z } from "zod";

const named = <Kind extends string>(kind: Kind) => z.literal(kind).describe("Which rule");

/** Who of the workers that are there is selected for a round. */
export const selectionSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: named("uniform") }),
  z.strictObject({ kind: named("samples") }),
  z.strictObject({ kind: named("roundRobin") }),
  z.strictObject({
    kind: named("powerOfChoice"),
    candidates: z
      .int()
      .min(1)
      .max(100_000)
      .describe(
        "Candidates drawn in proportion to samples, of which those with the largest losses are selected; at least as many as are asked",
      ),
  }),
]);

/** When a worker whose updates are refused is left out, and for how long. */
export const exclusionSchema = z.strictObject({
  refusals: z
    .int()
    .min(1)
    .max(1_000)
    .describe("Refused updates and failed assignments in a row after which a worker is left out"),
  rounds: z.int().min(1).max(1_000_000).describe("Rounds that it is left out for, counted from the next one"),
});

export const tagSchema = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]*$/, "1 to 64 of the characters A-Z a-z 0-9 . _ : -, no sign first");

export type Selection = z.output<typeof selectionSchema>;
export type Exclusion = z.output<typeof exclusionSchema>;
