import { TributaryError } from "@tributary/protocol";
import type { JobSpec } from "../job/job-spec.js";
import { optimizerSpecOf } from "../job/training-spec.js";
import { strategyOf } from "../strategies/strategies.js";

/**
 * Checks that a job's settings leave its strategy able to do what it asks for. A control variate is a mean of gradients, which follows from
 * how far the steps of plain SGD led, with momentum or without.
 *
 * @throws TributaryError `invalid_job_spec`
 */
export function checkObjective(spec: JobSpec): void {
  const { afterTraining } = strategyOf(spec).objective;
  const optimizer = optimizerSpecOf(spec);
  const isPlain = optimizer.name === "sgd" && !optimizer.nesterov && !optimizer.dampening && optimizer.momentum !== 1;
  if (afterTraining?.rule === "scaffold" && !isPlain)
    throw new TributaryError(
      "invalid_job_spec",
      "training.optimizer: control variates need sgd without nesterov and dampening, with a momentum below 1",
    );
}
