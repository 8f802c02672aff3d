import { z } from "zod";

const named = <Name extends string>(name: Name) => z.literal(name).describe("Which optimizer");
const share = z.number().min(0).max(1);
const momentum = share.exactOptional().describe("It begins at nothing in every round; without it 0");
const weightDecay = z
  .number()
  .min(0)
  .max(1_000)
  .exactOptional()
  .describe("L2 penalty, added to the gradient, without it 0; of `adamw`, taken off the parameter, without it 0.01");
const eps = z
  .number()
  .min(0)
  .max(1_000)
  .exactOptional()
  .describe("Keeps the divisor from 0; without it PyTorch's: 1e-8, `adagrad` 1e-10, `adadelta` 1e-6");
const beta = z.number().min(0).lt(1);
const moments = {
  betas: z
    .tuple([beta, beta])
    .exactOptional()
    .describe("Decay of the mean and of the mean square of the gradients; without it 0.9 and 0.999"),
  eps,
  amsgrad: z.boolean().exactOptional().describe("Divide by the largest mean square so far; without it false"),
  weightDecay,
};

/** Optimizers as the engine knows them, with PyTorch's settings. The learning rate stands beside. */
const optimizers = [
  z.strictObject({
    name: named("sgd"),
    momentum,
    dampening: share
      .exactOptional()
      .describe("Share of a gradient that does not reach the momentum, from a round's second step on; without it 0"),
    nesterov: z.boolean().exactOptional().describe("Nesterov's momentum; without it false"),
    weightDecay,
  }),
  z.strictObject({ name: named("adam"), ...moments }),
  z.strictObject({ name: named("adamw"), ...moments }),
  z.strictObject({
    name: named("adagrad"),
    learningRateDecay: z
      .number()
      .min(0)
      .max(1_000)
      .exactOptional()
      .describe("The rate of step n of a round, from 1, is divided by 1 + (n - 1) * this; without it 0"),
    initialAccumulator: z
      .number()
      .min(0)
      .max(1_000_000)
      .exactOptional()
      .describe("What the sum of squares begins with in every round; without it 0"),
    ...{ eps, weightDecay },
  }),
  z.strictObject({
    name: named("rmsprop"),
    alpha: share.exactOptional().describe("Decay of the mean square of the gradients; without it 0.99"),
    ...{ eps, momentum },
    centered: z
      .boolean()
      .exactOptional()
      .describe("Divide by an estimate of the variance in place of the mean square; without it false"),
    weightDecay,
  }),
  z.strictObject({
    name: named("adadelta"),
    rho: share.exactOptional().describe("Decay of the mean squares of gradients and of moves; without it 0.9"),
    ...{ eps, weightDecay },
  }),
] as const;

export const optimizerSchema = z.discriminatedUnion("name", optimizers).check(({ value, issues }) => {
  if (value.name === "sgd" && value.nesterov && (!value.momentum || value.dampening))
    issues.push({
      ...{ code: "custom", path: ["nesterov"], input: value },
      message: "needs a momentum above 0 and no dampening",
    });
});

/** An optimizer and its settings, as they travel to a worker. */
export type OptimizerSpec = z.output<typeof optimizerSchema>;

/** An optimizer by its name alone, or with settings. */
export const optimizerField = z.union([z.enum(optimizers.map(({ shape }) => shape.name.value)), optimizerSchema]);

/** PyTorch's learning rates, but for `sgd`, where it is the first of the twin's. */
export const standardLearningRate: Readonly<Record<OptimizerSpec["name"], number>> = {
  sgd: 0.1,
  adam: 0.001,
  adamw: 0.001,
  adagrad: 0.01,
  rmsprop: 0.01,
  adadelta: 1,
};
