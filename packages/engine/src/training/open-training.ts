import type { Graph } from "@tributary/nn";
import type { ParameterSet } from "@tributary/protocol";
import { activate, type Backend } from "../backend/backend.js";
import { programOf } from "../graph/program.js";
import { openStep } from "../steps/open-step.js";
import { ruleOf } from "../steps/rule.js";
import type { TrainingStep } from "../steps/training-step.js";
import type { TrainingSettings } from "./train.js";

/**
 * A step of training to run again and again, by whoever has a loop of their own but not an optimizer: the fast way, recorded once
 * and replayed on the native backend. Inputs and targets are not checked; `Model` has the slow way that checks and shows
 * everything. Dispose of it when it is no longer needed.
 *
 * @throws TributaryError `invalid_graph`, `shape_mismatch`, `invalid_request`
 */
export async function openTraining(
  backend: Backend,
  graph: Graph,
  parameters: ParameterSet,
  settings: TrainingSettings,
): Promise<TrainingStep> {
  const program = programOf(graph);
  await activate(backend.tf, backend.name);
  return openStep(backend, program, ruleOf(backend.tf, settings), settings, parameters, settings.objective);
}
