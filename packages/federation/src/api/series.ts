import { z } from "zod";

/** A line of a chart: one measure of the global model, or of one worker's own updates. */
export const seriesLineSchema = z
  .object({
    subject: z.string().describe('"" is the global model, otherwise the worker whose updates these are'),
    metric: z.enum(["accuracy", "loss"]),
    points: z
      .array(z.tuple([z.int().min(0), z.number(), z.number()]))
      .describe("[round, seconds from the start of the job to the end of the round, value], by round"),
  })
  .meta({ id: "SeriesLine" });

/** A worker whose own updates may have lines. */
export const seriesWorkerSchema = z
  .object({
    name: z.string(),
    loss: z
      .number()
      .nullable()
      .describe(
        "Of its newest update in the last 50 rounds, as an evaluator scored it or else as the worker said; null without any",
      ),
  })
  .meta({ id: "SeriesWorker" });

/** All ended rounds of a job in a few points: what a chart needs of them, however many they are. */
export const jobSeriesSchema = z
  .object({
    through: z.int().min(0).describe("The last round that is in it: all up to it are over; 0 before the first"),
    attempts: z.int().min(0).describe("Attempts at these rounds, the abandoned ones too"),
    bytesDown: z.int().min(0).describe("Bytes of models sent to workers in these rounds"),
    bytesUp: z.int().min(0).describe("Bytes of updates received from workers in these rounds"),
    bestAccuracy: z.number().nullable().describe("Of the global model, 0 to 1; null while nobody has scored it"),
    lines: z.array(seriesLineSchema),
    workers: z
      .array(seriesWorkerSchema)
      .describe(
        "Who was in the rounds that lines of workers are made of, by name; none where no such lines are asked for",
      ),
  })
  .meta({ id: "JobSeries" });

export type SeriesLine = z.output<typeof seriesLineSchema>;
export type SeriesWorker = z.output<typeof seriesWorkerSchema>;
export type JobSeries = z.output<typeof jobSeriesSchema>;
