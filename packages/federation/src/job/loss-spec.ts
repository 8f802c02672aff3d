import { z } from "zod";

const named = <Name extends string>(name: Name) => z.literal(name).describe("Which loss");
const weights = z.array(z.number().min(0).max(1_000_000)).min(1).max(65_536);
const weight = weights.exactOptional().describe("A weight for each class; without it all are 1");
const reduction = z
  .enum(["mean", "sum"])
  .exactOptional()
  .describe("The loss of a batch: the mean of its parts, which is what is meant without it, or their sum");
const ignoreIndex = z
  .int()
  .min(-1_000_000)
  .max(65_535)
  .exactOptional()
  .describe("Samples with this label do not count; without it -100, which no label is");

/** Losses as the engine knows them, with PyTorch's settings. Targets of all but the first two are 1 at the class and 0 elsewhere. */
const losses = [
  z.strictObject({
    name: named("cross-entropy"),
    ...{ weight, ignoreIndex, reduction },
    labelSmoothing: z
      .number()
      .min(0)
      .max(1)
      .exactOptional()
      .describe("Share of the target that is spread evenly over all classes; without it 0"),
  }),
  z.strictObject({ name: named("nll"), weight, ignoreIndex, reduction }),
  z.strictObject({ name: named("bce"), weight, reduction }),
  z.strictObject({
    name: named("bce-with-logits"),
    ...{ weight, reduction },
    posWeight: weights
      .exactOptional()
      .describe("A weight for the positive targets of each class; without it all are 1"),
  }),
  z.strictObject({ name: named("mse"), reduction }),
  z.strictObject({ name: named("l1"), reduction }),
  z.strictObject({
    name: named("smooth-l1"),
    reduction,
    beta: z
      .number()
      .min(0)
      .max(1_000_000)
      .exactOptional()
      .describe("Distance below which the loss is squared; without it 1"),
  }),
  z.strictObject({
    name: named("huber"),
    reduction,
    delta: z
      .number()
      .positive()
      .max(1_000_000)
      .exactOptional()
      .describe("Distance below which the loss is squared; without it 1"),
  }),
  z.strictObject({
    name: named("kl-div"),
    reduction: z
      .enum(["mean", "batchmean", "sum"])
      .exactOptional()
      .describe("`batchmean`, the sum by the batch size, is the divergence itself"),
  }),
] as const;

export const lossSchema = z.discriminatedUnion("name", losses);

/** A loss and its settings, as they travel to a worker. */
export type LossSpec = z.output<typeof lossSchema>;

/** A loss by its name alone, or with settings. */
export const lossField = z.union([z.enum(losses.map(({ shape }) => shape.name.value)), lossSchema]);

/** What a person wrote, with its name in one place. */
export const lossOf = (loss: z.output<typeof lossField>): LossSpec =>
  typeof loss === "string" ? { name: loss } : loss;
