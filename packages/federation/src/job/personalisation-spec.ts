import { z } from "zod";
import { isLocal, patterns } from "../local/local-parameters.js";
import { type OptimizerSpec, optimizerField, standardLearningRate } from "./optimizer-spec.js";
import { learningRateOf, optimizerSpecOf, type TrainingSpec } from "./training-spec.js";

/** The section `personalisation` of a JobSpec. */
export const personalisationSchema = z.strictObject({
  epochs: z
    .int()
    .min(0)
    .max(1_000)
    .default(1)
    .describe(
      "Passes over what the worker trains on. 0: the model stays as it is, where the strategy keeps one at the workers (`ditto`, `fedper`, `fedbn`)",
    ),
  batchSize: z.int().min(1).max(65_536).optional().describe("Samples a step; without it, `training.batchSize`"),
  optimizer: optimizerField.optional().describe("What moves the parameters; without it, `training.optimizer`"),
  learningRate: z
    .number()
    .positive()
    .max(1_000)
    .optional()
    .describe(
      "Step size; without it that of the last round, or of `optimizer` the one that it has without a `training.learningRate`",
    ),
  layers: patterns
    .optional()
    .describe("Names of the parameters that move, `*` for any letters; the others stay. Without it, all"),
  deadlineSeconds: z.number().positive().max(604_800).default(300).describe("How long the job waits for its workers"),
});

export type PersonalisationSpec = z.output<typeof personalisationSchema>;

/** How a worker's model is fine-tuned after the last round. */
export interface FineTuning {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerSpec;
  /** Before the schedule. */
  readonly learningRate: number;
  /** Whether the schedule of training holds for the learning rate. */
  readonly isScheduled: boolean;
}

/** @param round the last one */
export function fineTuningOf(
  spec: { readonly training: TrainingSpec },
  { epochs, batchSize, optimizer, learningRate }: PersonalisationSpec,
  round: number,
): FineTuning {
  const given = typeof optimizer === "string" ? ({ name: optimizer } as const) : optimizer;
  const standard = given === undefined ? learningRateOf(spec, round) : standardLearningRate[given.name];
  return {
    epochs,
    batchSize: batchSize ?? spec.training.batchSize,
    optimizer: given ?? optimizerSpecOf(spec),
    learningRate: learningRate ?? standard,
    isScheduled: learningRate === undefined && given === undefined,
  };
}

/** A network of which only these parameters are trained. What an op changes by itself, as a running mean, it still does. */
export const withLayers = <
  Net extends { readonly parameters: readonly { readonly name: string; readonly trainable: boolean }[] },
>(
  network: Net,
  layers: readonly string[] | undefined,
): Net =>
  layers === undefined
    ? network
    : {
        ...network,
        parameters: network.parameters.map((parameter) => ({
          ...parameter,
          trainable: parameter.trainable && isLocal(layers, parameter.name),
        })),
      };
