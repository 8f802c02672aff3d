import { z } from "zod";
import { trainingSchema as training } from "./training-spec.js";

const strategy = z
  .strictObject({
    kind: z.literal("fedavg").default("fedavg").describe("Federated averaging (McMahan et al. 2017)"),
    weighting: z
      .enum(["samples", "equal"])
      .default("samples")
      .describe("The weight of an update in the mean: the samples that its worker holds, or 1"),
  })
  .prefault({})
  .describe("How updates become the next global model");

const cohort = z
  .strictObject({
    size: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe(
        "Workers that train in a round, drawn anew for each from those that are there; without it, all of them",
      ),
    minimum: z
      .int()
      .min(1)
      .max(100_000)
      .default(1)
      .describe("Workers that must be there before a round begins, also more than `size`; at least `quorum`"),
    quorum: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe(
        "Least updates that make a round. It ends when every selected worker has answered, or at the deadline; without `quorum`, one update is enough then",
      ),
    deadlineSeconds: z.number().positive().max(604_800).default(300).describe("How long a round waits for updates"),
    maxAttempts: z
      .int()
      .min(1)
      .max(100)
      .default(3)
      .describe("How often a round without enough updates is tried before the job fails"),
    waitSeconds: z
      .number()
      .positive()
      .max(604_800)
      .default(3_600)
      .describe("How long a round waits for enough workers to begin with, before the job fails"),
  })
  .prefault({})
  .describe("Who trains, and how long a round waits");

const evaluation = z
  .strictObject({
    every: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(1)
      .describe("Score the global model after rounds 1, 1 + every, 1 + 2 * every … and after the last; 0: never"),
    updates: z
      .boolean()
      .default(false)
      .describe("Score each worker's own update, too. The evaluator then sees single updates: mind where that matters"),
    batchSize: z.int().min(1).max(65_536).default(250).describe("Samples that the evaluator looks at a time"),
    deadlineSeconds: z
      .number()
      .positive()
      .max(604_800)
      .default(300)
      .describe(
        "How long a round waits for its scores. When no evaluator came in all that time, further rounds don't wait until one is there",
      ),
  })
  .prefault({})
  .describe("How the global model is scored, by workers with the role `evaluate` and the same data set");

const stop = z
  .strictObject({
    accuracy: z
      .number()
      .positive()
      .max(1)
      .optional()
      .describe("End the job when the evaluated accuracy reaches this, 0 to 1"),
  })
  .prefault({})
  .describe("What ends the job before its last round");

const admission = z
  .strictObject({
    maxAbs: z
      .number()
      .positive()
      .max(2 ** 20)
      .default(4_096)
      .describe("Largest absolute value that a parameter of an update may have"),
  })
  .prefault({})
  .describe("What an update must be like to be taken");

/**
 * One training run, described by a person: a YAML or JSON file, or the body of `POST /v1/jobs`.
 * Every field but `model` and `dataset` has a default. Unknown fields are refused, so that a typing error is never ignored.
 * The descriptions make docs/job-spec.md and the API's page.
 */
export const jobSpecSchema = z
  .strictObject({
    name: z.string().min(1).max(100).default("job").describe("For people: shown in lists"),
    model: z
      .union([
        z.string().min(1).max(100),
        z.strictObject({ graph: z.record(z.string(), z.unknown()).describe("What `trace` returns, as JSON") }),
      ])
      .describe("Name of a model that comes with Tributary, or a traced graph"),
    dataset: z.string().min(1).max(100).describe("Name of the data set that workers must hold"),
    seed: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .default(1)
      .describe("Everything random in the job is drawn from it: the same seed and cohorts give the same model"),
    rounds: z.int().min(1).max(1_000_000).default(10).describe("The last round"),
    ...{ training, strategy, cohort, evaluation, stop, admission },
  })
  .check(({ value, issues }) => {
    const { size, quorum } = value.cohort;
    const wrong = (path: string[], message: string) => issues.push({ code: "custom", path, message, input: value });
    if (quorum !== undefined && size !== undefined && quorum > size)
      wrong(["cohort", "quorum"], `must be at most cohort.size (${size})`);
    if (value.stop.accuracy !== undefined && value.evaluation.every === 0)
      wrong(["stop", "accuracy"], "needs evaluation.every above 0");
  });

export type JobSpec = z.output<typeof jobSpecSchema>;
/** What a person writes: every field with a default may be left out. */
export type JobSpecInput = z.input<typeof jobSpecSchema>;

/** Whether the model of this round, counted from 1, is evaluated. */
export const isEvaluated = ({ evaluation, rounds }: JobSpec, round: number): boolean =>
  evaluation.every > 0 && ((round - 1) % evaluation.every === 0 || round === rounds);

/** How many workers must be there before a round begins: fewer could not make its quorum. */
export const workersNeeded = ({ cohort: { minimum, quorum = 1 } }: JobSpec): number => Math.max(minimum, quorum);
