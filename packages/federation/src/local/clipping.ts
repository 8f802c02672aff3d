import type { TrainingSpec } from "../job/training-spec.js";
import { type StrategySpec, strategyOf } from "../strategies/strategies.js";

/** How far the gradients of a step may reach. What is absent has no limit. */
interface ClippingLimits {
  /** Largest L2 norm of all gradients of a step together. */
  readonly clipNorm?: number;
  /** Largest absolute value of a gradient, after `clipNorm`. */
  readonly clipValue?: number;
}

type Asked = { readonly [Limit in keyof ClippingLimits]?: number | undefined };

/** The limits that a job's workers keep to: of the section `training` and of what the strategy asks, the smaller ones. */
export const clippingOf = ({
  training,
  ...job
}: {
  readonly training: TrainingSpec;
  readonly strategy: StrategySpec;
}): ClippingLimits => tighter(training, strategyOf(job).objective);

export function tighter(a: Asked, b: Asked): ClippingLimits {
  const [clipNorm, clipValue] = [smaller(a.clipNorm, b.clipNorm), smaller(a.clipValue, b.clipValue)];
  return { ...(clipNorm !== undefined && { clipNorm }), ...(clipValue !== undefined && { clipValue }) };
}

function smaller(...limits: readonly (number | undefined)[]): number | undefined {
  const given = limits.filter((limit) => limit !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}
