export { type Backend, type BackendName, backendNames, type Tensor, type TensorFlow } from "./backend/backend.js";
export { type BackendOptions, openBackend } from "./backend/open.js";
export { type BackendStatus, backendReport } from "./backend/report.js";
export type { Dense } from "./graph/dense.js";
export { forward, type Output, Predictor } from "./inference/predictor.js";
export { type Differentiable, differentiable } from "./kernels/differentiable.js";
export { exportTfjs, type TfjsOptions } from "./layers-model/export-tfjs.js";
export { type Loss, type LossSettings, lossOf } from "./losses/loss.js";
export { auroc, macroAuroc, softmaxRows } from "./metrics/auroc.js";
export { type Average, type ClassScores, ConfusionMatrix } from "./metrics/confusion-matrix.js";
export { RegressionScores } from "./metrics/regression.js";
export { TopK } from "./metrics/top-k.js";
export {
  type GradientOptions,
  type GradientResult,
  Model,
  type OwnLoss,
} from "./model/model.js";
export { ModelOptimizer } from "./model/model-optimizer.js";
export {
  flagAttribute,
  inputOf,
  numberAttribute,
  numbersAttribute,
  parameterOf,
  textAttribute,
} from "./ops/attributes.js";
export type { Application, Op } from "./ops/op.js";
export { type EnginePlugin, loadEnginePlugins } from "./ops/plugins.js";
export { registerEngineOp, trainableOps } from "./ops/registry.js";
export type { Clipping } from "./optimizers/clipping.js";
export { type Optimizer, type OptimizerSettings, optimizerOf } from "./optimizers/optimizer.js";
export { type Schedule, type ScheduleSettings, scheduleOf } from "./schedules/schedule.js";
export type { StepObjective } from "./steps/objective.js";
export type { Seeding, StepResult, TrainingStep } from "./steps/training-step.js";
export { type CallOptions, EngineThread, type EngineThreadOptions } from "./thread/engine-thread.js";
export { serveEngineThread, type ThreadCall } from "./thread/serve.js";
export { buffersOf } from "./thread/transfer.js";
export type { Batch } from "./training/batch.js";
export { type EvaluationResult, evaluate } from "./training/evaluate.js";
export { openTraining } from "./training/open-training.js";
export { refuseNotFinite } from "./training/refuse-not-finite.js";
export { type Progress, type RunOptions, type TrainingResult, type TrainingSettings, train } from "./training/train.js";
