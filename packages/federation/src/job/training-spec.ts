import { scheduledValue } from "@tributary/protocol";
import { z } from "zod";
import { type LossSpec, lossField, lossOf } from "./loss-spec.js";
import { type OptimizerSpec, optimizerField, standardLearningRate } from "./optimizer-spec.js";
import { scheduleSchema } from "./schedule-spec.js";

const limit = z.number().positive().max(1_000_000);

const fields = z.strictObject({
  loss: lossField
    .default("cross-entropy")
    .describe(
      "What the network's output is compared by. It is logits of `cross-entropy` and `bce-with-logits`, log-probabilities of `nll` and `kl-div`, probabilities of `bce`, else values",
    ),
  epochs: z.int().min(1).max(1_000).default(1).describe("Passes over the shard a round"),
  maxBatches: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe(
      "Train on this many batches in place of whole epochs, over as many passes as they take; `epochs` counts for nothing then",
    ),
  batchSize: z.int().min(1).max(65_536).default(32).describe("Samples a step"),
  optimizer: optimizerField
    .default("sgd")
    .describe("What moves the parameters. What it remembers begins at nothing in every round"),
  learningRate: z
    .number()
    .positive()
    .max(1_000)
    .optional()
    .describe(
      "Step size, before decay and schedule; without it 0.1 of `sgd`, 0.001 of `adam` and `adamw`, 0.01 of `adagrad` and `rmsprop`, 1 of `adadelta`",
    ),
  learningRateDecay: z
    .number()
    .positive()
    .max(1)
    .default(1)
    .describe("The learning rate of round r, counted from 1, is `learningRate * learningRateDecay ^ r`"),
  schedule: scheduleSchema
    .optional()
    .describe("What becomes of that learning rate from round to round; its first step is round 1"),
  momentum: z.number().min(0).max(1).default(0).describe("Momentum of `optimizer: sgd`"),
  nesterov: z.boolean().default(false).describe("Nesterov's momentum of `optimizer: sgd`"),
  weightDecay: z
    .number()
    .min(0)
    .max(1_000)
    .default(0)
    .describe("L2 penalty of `optimizer: sgd`, added to the gradient"),
  clipNorm: limit
    .optional()
    .describe("Largest L2 norm of all gradients of a step together; longer ones are shortened to it"),
  clipValue: limit
    .optional()
    .describe("Largest absolute value of a gradient, after `clipNorm`; larger ones are cut to it"),
  idle: z
    .boolean()
    .default(false)
    .describe("Workers return the model as it came: for measuring the machinery without training"),
});

/** The section `training` of a JobSpec. */
export const trainingSchema = fields
  .check(({ value, issues }) => {
    const wrong = (path: string, message: string) =>
      issues.push({ code: "custom", path: [path], message, input: value });
    if (value.optimizer !== "sgd") {
      const elsewhere = "is of `optimizer: sgd`; give it in training.optimizer";
      if (value.momentum !== 0) wrong("momentum", elsewhere);
      if (value.nesterov) wrong("nesterov", elsewhere);
      if (value.weightDecay !== 0) wrong("weightDecay", elsewhere);
    } else if (value.nesterov && value.momentum === 0) wrong("nesterov", "needs training.momentum above 0");
  })
  .prefault({})
  .describe("What a worker does with the model in a round");

export type TrainingSpec = z.output<typeof trainingSchema>;

/** What trains: a JobSpec. */
interface Trains {
  readonly training: TrainingSpec;
}

/** The loss with its settings. */
export const lossSpecOf = ({ training }: Trains): LossSpec => lossOf(training.loss);

/** The loss that models are scored by: a mean, whatever training makes of a batch, so that scores do not depend on the batch size. */
export function scoringLossOf(spec: Trains): LossSpec {
  const loss = lossSpecOf(spec);
  return loss.reduction === "sum" ? { ...loss, reduction: "mean" } : loss;
}

/** The optimizer with its settings. */
export function optimizerSpecOf({ training }: Trains): OptimizerSpec {
  const { optimizer, momentum, nesterov, weightDecay } = training;
  if (optimizer === "sgd") return { name: "sgd", momentum, nesterov, weightDecay };
  return typeof optimizer === "string" ? { name: optimizer } : optimizer;
}

/** Learning rate of a round, counted from 1, before `training.schedule`. */
export function learningRateOf(spec: Trains, round: number): number {
  const { learningRate = standardLearningRate[optimizerSpecOf(spec).name], learningRateDecay } = spec.training;
  return learningRate * learningRateDecay ** round;
}

/** Step size of the workers in a round, counted from 1: the learning rate with `training.schedule`, which counts rounds from 0. */
export function stepSizeOf(spec: Trains, round: number): number {
  const { schedule = { name: "constant" } } = spec.training;
  return scheduledValue(schedule, round - 1, learningRateOf(spec, round));
}
