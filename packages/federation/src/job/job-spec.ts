import { z } from "zod";

/**
 * One training run, described by a person: a YAML or JSON file, or the body of `POST /v1/jobs`.
 * Every field but `model` and `dataset` has a default. Unknown fields are refused, so that a typing error is never ignored.
 */
export const jobSpecSchema = z
  .strictObject({
    /** For people: shown in lists. */
    name: z.string().min(1).max(100).default("job"),
    /** A named model ("pysyft-cnn"), or a traced graph. */
    model: z.union([z.string().min(1).max(100), z.strictObject({ graph: z.record(z.string(), z.unknown()) })]),
    /** Name of the data set that workers must hold. */
    dataset: z.string().min(1).max(100),
    /** Everything random in the job is drawn from it. */
    seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(1),
    /** The last round. */
    rounds: z.int().min(1).max(1_000_000).default(10),
    training: z
      .strictObject({
        /** What the network's output is: logits (`cross-entropy`) or log-probabilities (`nll`). */
        loss: z.enum(["cross-entropy", "nll"]).default("cross-entropy"),
        /** Passes over the shard a round. */
        epochs: z.int().min(1).max(1_000).default(1),
        /** Stop after this many batches; without it, whole epochs. */
        maxBatches: z.int().min(1).max(1_000_000).optional(),
        batchSize: z.int().min(1).max(65_536).default(32),
        learningRate: z.number().positive().max(1_000).default(0.1),
        /** The learning rate of round r, counted from 1, is learningRate * learningRateDecay ^ r. */
        learningRateDecay: z.number().positive().max(1).default(1),
        momentum: z.number().min(0).max(1).default(0),
        nesterov: z.boolean().default(false),
        weightDecay: z.number().min(0).max(1_000).default(0),
        /** Workers return the model as it came. For measuring the machinery without training. */
        idle: z.boolean().default(false),
      })
      .prefault({}),
    strategy: z
      .strictObject({
        kind: z.literal("fedavg").default("fedavg"),
        /** `samples`: weight n_k, as in McMahan et al. 2017; `equal`: weight 1. */
        weighting: z.enum(["samples", "equal"]).default("samples"),
      })
      .prefault({}),
    cohort: z
      .strictObject({
        /** Workers that train in a round. Without it: all that are there when the round begins. */
        size: z.int().min(1).max(100_000).optional(),
        /** Workers that must be there before a round begins. */
        minimum: z.int().min(1).max(100_000).default(1),
        /** Least updates that make a round. Without it: every selected worker's, until the deadline; then at least one. */
        quorum: z.int().min(1).max(100_000).optional(),
        /** How long a round waits for updates, seconds. */
        deadlineSeconds: z.number().positive().max(604_800).default(300),
        /** How often a round is tried before the job fails. */
        maxAttempts: z.int().min(1).max(100).default(3),
        /** How long a job waits for `minimum` workers, seconds, before it fails. */
        waitSeconds: z.number().positive().max(604_800).default(3_600),
      })
      .prefault({}),
    evaluation: z
      .strictObject({
        /** Evaluate after rounds 1, 1 + every, 1 + 2 * every … and after the last. 0: never. */
        every: z.int().min(0).max(1_000_000).default(1),
        /** Also score each worker's own update. The evaluator then sees single updates: leave it off where that matters. */
        updates: z.boolean().default(false),
        batchSize: z.int().min(1).max(65_536).default(250),
        /** How long a round waits for the evaluator, seconds. */
        deadlineSeconds: z.number().positive().max(604_800).default(300),
      })
      .prefault({}),
    stop: z
      .strictObject({
        /** End the job when the evaluated accuracy reaches this, 0 to 1. */
        accuracy: z.number().positive().max(1).optional(),
      })
      .prefault({}),
    admission: z
      .strictObject({
        /** Largest absolute value that a parameter of an update may have. */
        maxAbs: z
          .number()
          .positive()
          .max(2 ** 20)
          .default(4_096),
      })
      .prefault({}),
  })
  .check(({ value, issues }) => {
    const { size, minimum, quorum } = value.cohort;
    const wrong = (path: string[], message: string) => issues.push({ code: "custom", path, message, input: value });
    if (size !== undefined && minimum > size) wrong(["cohort", "minimum"], `must be at most cohort.size (${size})`);
    if (quorum !== undefined && size !== undefined && quorum > size)
      wrong(["cohort", "quorum"], `must be at most cohort.size (${size})`);
    if (value.training.nesterov && value.training.momentum === 0)
      wrong(["training", "nesterov"], "needs training.momentum above 0");
    if (value.stop.accuracy !== undefined && value.evaluation.every === 0)
      wrong(["stop", "accuracy"], "needs evaluation.every above 0");
  });

export type JobSpec = z.output<typeof jobSpecSchema>;
/** What a person writes: every field with a default may be left out. */
export type JobSpecInput = z.input<typeof jobSpecSchema>;

/** Learning rate of a round, counted from 1. */
export const learningRateOf = ({ training }: JobSpec, round: number): number =>
  training.learningRate * training.learningRateDecay ** round;

/** Whether the model of this round, counted from 1, is evaluated. */
export const isEvaluated = ({ evaluation, rounds }: JobSpec, round: number): boolean =>
  evaluation.every > 0 && ((round - 1) % evaluation.every === 0 || round === rounds);
