import { z } from "zod";

const named = <Name extends string>(name: Name) => z.literal(name).describe("Which schedule");
const count = z.int().min(1).max(1_000_000);
const gamma = z.number().min(0).max(1);

const constant = z.strictObject({ name: named("constant") });
const step = z.strictObject({
  name: named("step"),
  stepSize: count.describe("Rounds from one fall to the next"),
  gamma: gamma.exactOptional().describe("What the value is multiplied by at a fall; without it 0.1"),
});
const exponential = z.strictObject({
  name: named("exponential"),
  gamma: gamma.describe("What the value is multiplied by after every round"),
});
const cosine = z.strictObject({
  name: named("cosine"),
  tMax: count.describe("Rounds from the value to the least one"),
  etaMin: z.number().min(0).max(1_000).exactOptional().describe("The least value; without it 0"),
});
const linearWarmUp = z.strictObject({
  name: named("linear-warm-up"),
  startFactor: z
    .number()
    .positive()
    .max(1)
    .exactOptional()
    .describe("Share of the value in the first round; without it a third"),
  totalIters: count.exactOptional().describe("Rounds until the value is reached; without it 5"),
  next: z
    .discriminatedUnion("name", [constant, step, exponential, cosine])
    .exactOptional()
    .describe("The schedule from there on; without it the value stays"),
});

/** Schedules as the engine knows them, with PyTorch's settings; their steps are rounds. */
export const scheduleSchema = z.discriminatedUnion("name", [constant, step, exponential, cosine, linearWarmUp]);

/** Rounds that one schedule names at most: the JobSpec is checked as it is in each. */
const MOST_STEPS = 20;

const piecewise = z.strictObject({
  name: named("piecewise"),
  steps: z
    .array(
      z.strictObject({
        from: count.describe("The first round of the value"),
        value: z.number().min(0).max(1_000_000_000).describe("The value from that round on"),
      }),
    )
    .min(1)
    .max(MOST_STEPS)
    .refine((steps) => steps.every(({ from }, i) => from > (steps[i - 1]?.from ?? 0)), {
      error: "the rounds in `from` must rise",
    })
    .describe("Values as they are, each from a round on; the rounds rise, and before the first one the value stays"),
});

/** The same, and values that are given as they are: what a number of the JobSpec may follow over the rounds. */
const roundScheduleSchema = z.discriminatedUnion("name", [
  constant,
  step,
  exponential,
  cosine,
  linearWarmUp,
  piecewise,
]);

export type RoundSchedule = z.output<typeof roundScheduleSchema>;

/** Numbers that follow a schedule in one job at most. */
const MOST_SCHEDULES = 10;

/** The section `schedules` of a JobSpec. */
export const schedulesSchema = z
  .record(
    z.string().max(200),
    roundScheduleSchema.describe("What becomes of the number of this name, as `training.epochs`, from round 1 on"),
  )
  .refine((schedules) => Object.keys(schedules).length <= MOST_SCHEDULES, {
    error: `at most ${MOST_SCHEDULES} numbers can follow a schedule`,
  });

export type Schedules = z.output<typeof schedulesSchema>;

export type ScheduleSpec = z.output<typeof scheduleSchema>;
