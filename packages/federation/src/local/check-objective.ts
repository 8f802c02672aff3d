import { TributaryError } from "@tributary/protocol";
import type { JobSpec } from "../job/job-spec.js";
import { optimizerSpecOf } from "../job/training-spec.js";
import { strategyOf } from "../strategies/strategies.js";

/**
 * Checks that a job's settings leave its strategy able to do what it asks for. A control variate is a mean of gradients, which follows from
 * how far the steps of plain SGD led, with momentum or without; and no codec encodes the vectors that come besides a model.
 *
 * @throws TributaryError `invalid_job_spec`
 */
export function checkObjective(spec: JobSpec): void {
  const { afterTraining, returns = [] } = strategyOf(spec).objective;
  const optimizer = optimizerSpecOf(spec);
  const isPlain = optimizer.name === "sgd" && !optimizer.nesterov && !optimizer.dampening && optimizer.momentum !== 1;
  if (afterTraining?.rule === "scaffold" && !isPlain)
    throw new TributaryError(
      "invalid_job_spec",
      "training.optimizer: control variates need sgd without nesterov and dampening, with a momentum below 1",
    );
  if (returns.length > 0 && spec.codec.update !== undefined)
    throw new TributaryError("invalid_job_spec", `codec.update: ${returns.join(", ")} can't be encoded`, {
      hint: "Leave `codec` out, or take a strategy whose workers send their model alone.",
    });
}
