export { BoundsCheck } from "./admission/bounds-check.js";
export * from "./admission/parameter-admission.js";
export * from "./admission/update-claim.js";
export * from "./aggregation/exact-mean.js";
export { MeanMemory } from "./aggregation/mean-memory.js";
export * from "./api/health.js";
export * from "./api/job.js";
export * from "./api/log.js";
export * from "./api/model-version.js";
export * from "./api/notice.js";
export * from "./api/problem.js";
export * from "./api/round.js";
export { personalisationView, validationView } from "./api/score-views.js";
export * from "./api/sent-sizes.js";
export * from "./api/series.js";
export * from "./api/webhook.js";
export * from "./api/worker.js";
export * from "./audit/chain.js";
export * from "./audit/entry.js";
export { factsOf } from "./audit/facts-of.js";
export { type Codec, codecText, type NumberFormat, type Reduction, usesErrorFeedback } from "./codecs/chain/codec.js";
export { codecLabel } from "./codecs/chain/codec-label.js";
export { codecSchema } from "./codecs/chain/codec-schema.js";
export { modelCodecOf, modelCodecSchema } from "./codecs/chain/model-codec-schema.js";
export { codecExamples, codecStages, knowsCodec, parseCodec } from "./codecs/chain/parse-codec.js";
export { type DecodeContext, decode, decodeEach } from "./codecs/decode.js";
export { type EncodeContext, type Encoded, encode } from "./codecs/encode.js";
export { encodeUpdate, type UpdateToEncode } from "./codecs/encode-update.js";
export { type ExpectedParameter, encodedBytes, isSentRaw } from "./codecs/layout.js";
export {
  packModel,
  roundedForTravel,
  roundedModel,
  unpackModel,
} from "./codecs/model-codec.js";
export type { RandomSource } from "./codecs/random-source.js";
export type { ByteRange } from "./codecs/reductions/tensor-codec.js";
export { referenceOf } from "./codecs/reference.js";
export { updateRandom } from "./codecs/update-random.js";
export { describeUnfit } from "./job/capabilities.js";
export * from "./job/check-fit.js";
export * from "./job/job-changes.js";
export * from "./job/job-spec.js";
export { type LossSpec, lossSchema } from "./job/loss-spec.js";
export * from "./job/match-ops.js";
export { type OptimizerSpec, optimizerSchema } from "./job/optimizer-spec.js";
export * from "./job/parse-job-spec.js";
export { type FineTuning, fineTuningOf, type PersonalisationSpec, withLayers } from "./job/personalisation-spec.js";
export * from "./job/resolve-model.js";
export { roundNumbers } from "./job/round-numbers.js";
export { type ScheduleSpec, scheduleSchema } from "./job/schedule-spec.js";
export { tagSchema } from "./job/selection-spec.js";
export { specAt } from "./job/spec-at.js";
export * from "./job/spec-differences.js";
export {
  learningRateOf,
  lossSpecOf,
  optimizerSpecOf,
  scoringLossOf,
  stepSizeOf,
  type TrainingSpec,
} from "./job/training-spec.js";
export { clippingOf } from "./local/clipping.js";
export { type ControlVariates, nextControlVariate } from "./local/control-variate.js";
export { correctedGradient, type LocalStep } from "./local/corrected-gradient.js";
export { momentumOf } from "./local/effective-steps.js";
export { type LocalGradient, nextLocalGradient } from "./local/local-gradient.js";
export { isLocal } from "./local/local-parameters.js";
export {
  type Beginning,
  beginWith,
  type Ending,
  endWith,
  type Given,
  type KeepingWork,
  keepsVectors,
  personalModelAt,
  personalModelIn,
  type TrainedParameters,
  withCodecState,
} from "./local/own-vectors.js";
export type { PersonalBeginning } from "./local/personal-model.js";
export { type TrainingPlan, trainingPlan } from "./local/training-plan.js";
export { partName, partsBesides, partsOfUpdate, partsOfVector } from "./local/update-layout.js";
export {
  type Holdout,
  tooFewSamples,
  trainingCount,
  type ValidationSplit,
  validationCount,
  validationSplit,
} from "./local/validation-split.js";
export { vectorsAlong } from "./local/vectors-along.js";
export { MAX_FLOAT32 } from "./max-float32.js";
export * from "./round/cohort.js";
export * from "./round/events.js";
export {
  type AssignmentName,
  countsIn,
  type Flow,
  heldUpdates,
  type Outstanding,
  outstandingOf,
  stalenessIn,
  updateName,
} from "./round/flow.js";
export { scoreFrom, scoreOfRound } from "./round/global-score.js";
export * from "./round/machine.js";
export { settledScore } from "./round/settled-score.js";
export * from "./round/snapshot.js";
export {
  initialState,
  type JobState,
  type PendingEvaluation,
  type Phase,
  type Shortage,
  shortageOf,
  type Transition,
} from "./round/state.js";
export { stamped } from "./round/stopping.js";
export type { Score, ScoreSummary, WorkerScore } from "./round/worker-scores.js";
export { downsample, type Point } from "./series/downsample.js";
export { checkStrategy } from "./strategies/check-strategy.js";
export { describeStrategies, type StrategyDescription } from "./strategies/describe.js";
export type { AfterTraining, GradientCorrection, LocalObjective, PersonalModel } from "./strategies/objective.js";
export { bufferSizeOf, type StrategySpec, seatsOf, strategies, strategyOf, wrappers } from "./strategies/strategies.js";
export type {
  Aggregation,
  Asynchronous,
  Contribution,
  LaidParameter,
  ModelPart,
  ReadPart,
  RoundContext,
  RoundSpec,
  Strategy,
  Vector,
} from "./strategies/strategy.js";
