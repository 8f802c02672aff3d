import { z } from "zod";
import { type Codec, startsWarm, usesErrorFeedback } from "../codecs/chain/codec.js";
import { codecSchema } from "../codecs/chain/codec-schema.js";
import { modelCodecSchema } from "../codecs/chain/model-codec-schema.js";
import { parseCodec } from "../codecs/chain/parse-codec.js";
import type { Holdout } from "../local/validation-split.js";
import { strategySchema as strategy, strategyOf } from "../strategies/strategies.js";
import { scheduleProblems } from "./check-schedules.js";
import { personalisationSchema } from "./personalisation-spec.js";
import { schedulesSchema } from "./schedule-spec.js";
import { exclusionSchema, selectionSchema, tagSchema } from "./selection-spec.js";
import { stopSchema } from "./stop-spec.js";
import { trainingSchema as training } from "./training-spec.js";

const cohort = z
  .strictObject({
    size: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe(
        "Workers whose updates make a full round, drawn anew for each from those that are there; without it, all of them. Asynchronous strategies: how many train at a time, at most",
      ),
    selection: selectionSchema
      .optional()
      .describe(
        "How the workers are drawn. `uniform`, also without it: all alike. `samples`: in proportion to the samples of their shards (Efraimidis and Spirakis 2006). `roundRobin`: those that were selected least often. `powerOfChoice`: of some candidates those with the largest last known losses (Cho, Wang and Joshi 2020)",
      ),
    tags: z
      .array(tagSchema)
      .min(1)
      .max(20)
      .optional()
      .describe("Only workers with all of these tags (`tributary worker --tag`) are selected"),
    backend: z.enum(["native", "wasm"]).optional().describe("Only workers that compute on this backend are selected"),
    minimumMemory: z
      .int()
      .min(1)
      .max(2 ** 50)
      .optional()
      .describe("Only workers that may use so many bytes of memory are selected"),
    exclusion: exclusionSchema
      .optional()
      .describe("Leaves workers whose updates are refused out for some rounds; without it, none"),
    overSelection: z
      .number()
      .min(1)
      .max(10)
      .default(1)
      .describe(
        "How many more are asked than `size`: ⌈overSelection * size⌉. The round ends when `size` updates are in, and slower ones are too late; which they are depends on time, so that only 1 gives the same bytes again. Bonawitz et al. 2019 use 1.3",
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
    minimumFraction: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe("Least updates that make a round, as a fraction of those that a full one has; `quorum` holds besides"),
    deadlineSeconds: z
      .number()
      .positive()
      .max(604_800)
      .default(300)
      .describe("How long a round waits for updates; with an asynchronous strategy, how long one worker may take"),
    maxAttempts: z
      .int()
      .min(1)
      .max(100)
      .default(3)
      .describe(
        "How often a round without enough updates is tried, each time with a fresh cohort, before the job stops",
      ),
    waitSeconds: z
      .number()
      .positive()
      .max(604_800)
      .default(3_600)
      .describe("How long a round waits for enough workers to begin with, before the job stops"),
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
      .describe(
        "Score the global model after rounds 1, 1 + every, 1 + 2 * every … and after the last, whatever made it the last; 0: never",
      ),
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
    workers: z
      .strictObject({
        validationFraction: z
          .number()
          .min(0.001)
          .max(0.9)
          .default(0.1)
          .describe("Share of its samples that each worker holds back: drawn once for the job, and never trained on"),
        minimumSamples: z
          .int()
          .min(1)
          .max(1_000_000)
          .default(1)
          .describe("A worker that would hold back fewer holds back none, and is left out of the scores"),
        maximum: z
          .int()
          .min(1)
          .max(1_000_000)
          .optional()
          .describe("Most workers that score a round's model, drawn anew for each round; without it, all"),
      })
      .optional()
      .describe(
        "Federated evaluation: the workers that train score the global model, too, each on what it holds back. No round waits for an evaluator to come then",
      ),
  })
  .prefault({})
  .describe(
    "How the global model is scored: by workers with the role `evaluate` and the same data set, and by those that train",
  );

const codec = z
  .strictObject({
    update: codecSchema
      .optional()
      .describe(
        "How updates travel: a chain of codecs like `delta | int8` or `delta | topk(0.01) | int8`, see docs/guides/codecs.md; without it, as float32",
      ),
    errorFeedback: z
      .boolean()
      .default(true)
      .describe(
        "Whether a worker adds what `topk`, `randomk`, `powersgd` and `sign` lost of its update to its next one; false: it is lost for good",
      ),
    model: modelCodecSchema
      .optional()
      .describe(
        "How models travel: `float16` or `bfloat16`, with `| deflate` or without; the global model is then made of such numbers. Without it, as float32",
      ),
  })
  .prefault({})
  .describe("How few bytes travel");

const stop = stopSchema.prefault({}).describe("What ends the job before its last round");

const askedOf = (size: number, overSelection: number): number => Math.ceil(size * overSelection - 1e-9);

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

const schedules = schedulesSchema
  .optional()
  .describe(
    "Numbers that change over the rounds, by their names, each beginning with what it is elsewhere here: `cohort.size`, `training.epochs`, `training.maxBatches`, `training.batchSize`, `training.momentum`, `training.weightDecay`, `training.clipNorm`, `training.clipValue`, and those of the strategy, as `strategy.serverLearningRate` or, within a wrapper, `strategy.of.mu`. Whole numbers are rounded to the nearest, and at least 1",
  );

/** A JobSpec of which nobody has looked whether its schedules are right in every round. */
const unscheduledSchema = z
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
    from: z
      .strictObject({
        job: z.string().min(1).max(64).describe("Id of a job of this coordinator, with the same network"),
        round: z.int().min(0).max(1_000_000).describe("Its model version; 0 is the initial one"),
      })
      .optional()
      .describe(
        "Go on from a committed version of another job instead of an initial model. Rounds are counted on, so that the same settings give the model that the other job would have come to. What workers keep is not taken over, nor what a strategy whose workers keep vectors (scaffold, feddyn) keeps at the server: those begin anew",
      ),
    maxRetries: z
      .int()
      .min(0)
      .max(1_000)
      .default(0)
      .describe(
        "How often a job that stopped, for want of updates or by a fault, goes on by itself before it is paused with its reason; counted anew after each round",
      ),
    retryAfterSeconds: z
      .number()
      .positive()
      .max(604_800)
      .default(60)
      .describe("How long it waits before it goes on by itself"),
    ...{ training, strategy, codec, cohort, evaluation, stop, admission },
    personalisation: personalisationSchema
      .optional()
      .describe(
        "After the last round each worker makes a model of its own of the global one, keeps it, and tells how both do on what it holds back. Without it, none does",
      ),
    schedules,
  })
  .check(({ value, issues }) => {
    const { size, quorum, selection, overSelection, minimumFraction } = value.cohort;
    const wrong = (path: string[], message: string) => issues.push({ code: "custom", path, message, input: value });
    // What has a wrong setting is not made.
    const { least = 1, most = Number.POSITIVE_INFINITY, asynchronous } = issues.length === 0 ? strategyOf(value) : {};
    const barred = {
      overSelection: overSelection !== 1,
      quorum: quorum !== undefined,
      minimumFraction: minimumFraction > 0,
    };
    if (asynchronous !== undefined)
      for (const [name] of Object.entries(barred).filter(([, isGiven]) => isGiven))
        wrong(
          ["cohort", name],
          `has no meaning: strategy.kind ${value.strategy.kind} has no rounds that could close early`,
        );
    if (asynchronous === undefined && size !== undefined && size < least)
      wrong(
        ["cohort", "size"],
        `must be at least ${least}: strategy.kind ${value.strategy.kind} needs as many updates`,
      );
    for (const [name, updates = 0] of [["size", size] as const, ["quorum", quorum] as const])
      if (updates > most)
        wrong(["cohort", name], `must be at most ${most}: strategy.kind ${value.strategy.kind} takes no more updates`);
    if (quorum !== undefined && size !== undefined && quorum > size)
      wrong(["cohort", "quorum"], `must be at most cohort.size (${size})`);
    const asked = size === undefined ? 0 : askedOf(size, overSelection);
    if (selection?.kind === "powerOfChoice" && selection.candidates < asked)
      wrong(["cohort", "selection", "candidates"], `must be at least ${asked}: so many workers are asked`);
    if (value.from !== undefined && value.from.round >= value.rounds)
      wrong(["rounds"], `must be above from.round (${value.from.round})`);
    const { personalisation } = value;
    if (personalisation !== undefined && value.evaluation.workers === undefined)
      wrong(["personalisation"], "needs evaluation.workers: the models are compared on what workers hold back");
    if (personalisation?.epochs === 0 && issues.length === 0 && !keepsModel(value))
      wrong(
        ["personalisation", "epochs"],
        `must be at least 1: strategy.kind ${value.strategy.kind} keeps no model at the workers`,
      );
    for (const score of ["accuracy", "loss", "patience"] as const)
      if (value.stop[score] !== undefined && value.evaluation.every === 0)
        wrong(["stop", score], "needs evaluation.every above 0");
  });

/**
 * One training run, described by a person: a YAML or JSON file, or the body of `POST /v1/jobs`.
 * Every field but `model` and `dataset` has a default. Unknown fields are refused, so that a typing error is never ignored.
 * The descriptions make docs/job-spec.md and the API's page.
 */
export const jobSpecSchema = unscheduledSchema.check(({ value, issues }) => {
  if (issues.length > 0 || value.schedules === undefined) return;
  for (const { name, message } of scheduleProblems(value, unscheduledSchema)) {
    const path = name === undefined ? ["schedules"] : ["schedules", name];
    issues.push({ code: "custom", path, message, input: value });
  }
});

/** The same for the API's description, which refers to it by name: it is large. */
export const namedJobSpecSchema = jobSpecSchema.meta({ id: "JobSpec" });

export type JobSpec = z.output<typeof jobSpecSchema>;
/** What a person writes: every field with a default may be left out. */
export type JobSpecInput = z.input<typeof jobSpecSchema>;

/**
 * Whether the model of this round, counted from 1, is evaluated.
 *
 * @param isLast whether the job ends with it, as far as that is known without a score
 */
export const isEvaluated = ({ evaluation: { every } }: JobSpec, round: number, isLast: boolean): boolean =>
  every > 0 && ((round - 1) % every === 0 || isLast);

/** Whether it may come to that: a job that ends by time or bytes knows its last round when that has its model. */
export const mayBeEvaluated = (spec: JobSpec, round: number): boolean => {
  const { wallClockSeconds, budgetBytes } = spec.stop;
  return isEvaluated(spec, round, round >= spec.rounds || wallClockSeconds !== undefined || budgetBytes !== undefined);
};

/** How many workers must be there before a round begins: fewer could not make its quorum. */
export const workersNeeded = (spec: JobSpec): number => {
  const { minimum, quorum = 1 } = spec.cohort;
  return Math.max(minimum, quorum, strategyOf(spec).least);
};

/**
 * How many workers are asked in a round, at most as many as the strategy takes updates of; undefined: all that are there. Rounding of
 * the product asks for none too many.
 */
export const workersAsked = (spec: JobSpec): number | undefined => {
  const { size, overSelection } = spec.cohort;
  const { most } = strategyOf(spec);
  const asked = size === undefined ? undefined : askedOf(size, overSelection);
  return most === undefined ? asked : Math.min(asked ?? most, most);
};

/** How many updates make a round full, of this many selected workers: then it waits for no more. */
export const updatesWanted = ({ cohort: { size } }: JobSpec, selected: number): number =>
  Math.min(size ?? selected, selected);

/** Least updates that make a round, of this many selected workers; the strategy may need more than `quorum` says. */
export const updatesNeeded = (spec: JobSpec, selected: number): number => {
  const { quorum = 1, minimumFraction } = spec.cohort;
  return Math.max(quorum, strategyOf(spec).least, Math.ceil(updatesWanted(spec, selected) * minimumFraction - 1e-9));
};

/** Whether workers keep something from one of their rounds to the next, so that they must know which of their updates counted. */
export function workersKeep(spec: JobSpec): boolean {
  const { keeps = [], localParameters = [], personal } = strategyOf(spec).objective;
  const codecKeeps =
    spec.codec.update !== undefined && keepsOf(parseCodec(spec.codec.update), spec.codec.errorFeedback);
  return codecKeeps || keeps.length > 0 || localParameters.length > 0 || personal !== undefined;
}

/** Whether workers keep something of what the codec did. */
const keepsOf = (codec: Codec, errorFeedback: boolean): boolean =>
  startsWarm(codec) || (errorFeedback !== false && usesErrorFeedback(codec));

/** What each worker holds back of its shard; undefined: nothing. */
export function holdoutOf({ evaluation: { workers } }: Pick<JobSpec, "evaluation">): Holdout | undefined {
  return workers && { fraction: workers.validationFraction, minimum: workers.minimumSamples };
}

/** Whether the strategy leaves something at the workers that makes their models differ. */
function keepsModel(spec: Pick<JobSpec, "strategy">): boolean {
  const { localParameters = [], personal } = strategyOf(spec).objective;
  return localParameters.length > 0 || personal !== undefined;
}
