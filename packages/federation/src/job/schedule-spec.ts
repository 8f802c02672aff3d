import { z } from "zod";

const named = <Name extends string>(name: Name) => z.literal(name).describe("Which schedule");
const count = z.int().min(1).max(1_000_000);
const gamma = z.number().min(0).max(1);

const constant = z.strictObject({ name: named("constant") });
const step = z.strictObject({
  name: named("step"),
  stepSize: count.describe("Rounds from one fall to the next"),
  gamma: gamma.exactOptional().describe("What the rate is multiplied by at a fall; without it 0.1"),
});
const exponential = z.strictObject({
  name: named("exponential"),
  gamma: gamma.describe("What the rate is multiplied by after every round"),
});
const cosine = z.strictObject({
  name: named("cosine"),
  tMax: count.describe("Rounds from the learning rate to the least one"),
  etaMin: z.number().min(0).max(1_000).exactOptional().describe("The least learning rate; without it 0"),
});
const linearWarmUp = z.strictObject({
  name: named("linear-warm-up"),
  startFactor: z
    .number()
    .positive()
    .max(1)
    .exactOptional()
    .describe("Share of the learning rate in the first round; without it a third"),
  totalIters: count.exactOptional().describe("Rounds until the learning rate is reached; without it 5"),
  next: z
    .discriminatedUnion("name", [constant, step, exponential, cosine])
    .exactOptional()
    .describe("The schedule from there on; without it the rate stays"),
});

/** Schedules as the engine knows them, with PyTorch's settings; their steps are rounds. */
export const scheduleSchema = z.discriminatedUnion("name", [constant, step, exponential, cosine, linearWarmUp]);

export type ScheduleSpec = z.output<typeof scheduleSchema>;
