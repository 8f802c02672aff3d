import { z } from "zod";

const patience = z
  .strictObject({
    metric: z.enum(["accuracy", "loss"]).default("accuracy").describe("Which score of the global model must improve"),
    rounds: z.int().min(1).max(1_000_000).describe("Rounds since the best score after which the job ends"),
    minimumDelta: z
      .number()
      .min(0)
      .max(1_000)
      .default(0)
      .describe("A score that is better by no more than this is no improvement"),
  })
  .optional()
  .describe("End the job when its evaluated score does not improve any more; without it, never");

/** What ends a job before its last round. All are looked at when a round is over; the clock ends one that trains, too. */
export const stopSchema = z.strictObject({
  accuracy: z
    .number()
    .positive()
    .max(1)
    .optional()
    .describe("End the job when the evaluated accuracy reaches this, 0 to 1"),
  loss: z.number().min(0).max(1_000).optional().describe("End the job when the evaluated loss is this or less"),
  patience,
  wallClockSeconds: z
    .number()
    .positive()
    .max(31_536_000)
    .optional()
    .describe(
      "End the job when it has run so long, from its start; time while it is paused does not count. A round that still trains then is given up; what is aggregated or scored is let finish, and with personalisation the round, too",
    ),
  budgetBytes: z
    .int()
    .min(1)
    .max(2 ** 50)
    .optional()
    .describe(
      "End the job after the round in which so many bytes were spent: a model for each worker that is asked, with what the strategy sends along, and for each score, and the accepted updates as they were sent",
    ),
});
