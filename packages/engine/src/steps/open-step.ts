import type { ParameterSet } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import { CompiledStep } from "../compile/compiled-step.js";
import { compiling } from "../compile/compiling.js";
import type { Program } from "../graph/program.js";
import { AccumulatingStep } from "./accumulating-step.js";
import { EagerStep } from "./eager-step.js";
import type { StepObjective } from "./objective.js";
import type { StepRule } from "./rule.js";
import type { Seeding, TrainingStep } from "./training-step.js";

/**
 * A step for this program: recorded once and replayed where the backend can do that, else interpreted.
 * @param objective what the rule was made of
 * @throws TributaryError `shape_mismatch` when the parameters or the correction are not the graph's
 */
export function openStep(
  backend: Backend,
  program: Program,
  rule: StepRule,
  seeding: Seeding,
  parameters: ParameterSet,
  { correction, samplesPerStep }: StepObjective = {},
): TrainingStep {
  if (samplesPerStep !== undefined)
    return new AccumulatingStep(backend, program, rule, samplesPerStep, seeding, parameters, correction);
  const native = compiling(backend);
  if (native === undefined) return new EagerStep(backend, program, rule, seeding, parameters, correction);
  return new CompiledStep(backend, native, program, rule, seeding, parameters, correction);
}
