import { type ParameterSet, TributaryError } from "@tributary/protocol";

/**
 * Refuses what training made of parameters when it diverged: whoever gets them would refuse them, and megabytes later.
 *
 * @throws TributaryError `update_not_finite` naming the parameter
 */
export function refuseNotFinite(parameters: ParameterSet): void {
  for (const { name, values } of parameters)
    if (!values.every(Number.isFinite))
      throw new TributaryError("update_not_finite", `training made ${name} infinite or NaN`);
}
