import { readFileSync } from "node:fs";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
import type { LossSettings } from "../losses/loss.js";
import type { Clipping } from "../optimizers/clipping.js";
import type { OptimizerSettings } from "../optimizers/optimizer.js";
import type { ScheduleSettings } from "../schedules/schedule.js";

/** Infinity and NaN are texts. */
type GoldenNumber = number | string;

export interface GoldenTensor {
  readonly dtype: "float32" | "int32";
  readonly shape: number[];
  readonly values: readonly GoldenNumber[];
}

/** test/golden/rules.json, which rules.py writes. */
export const goldenRules: {
  readonly torch: string;
  readonly losses: readonly {
    readonly about: string;
    readonly settings: LossSettings;
    readonly outputs: GoldenTensor;
    readonly targets: GoldenTensor;
    readonly loss: GoldenTensor;
    readonly upstream: readonly GoldenNumber[];
    readonly gradient: readonly GoldenNumber[];
  }[];
  readonly optimizers: {
    readonly start: GoldenTensor;
    readonly gradients: readonly (readonly GoldenNumber[])[];
    readonly cases: readonly {
      readonly settings: OptimizerSettings;
      readonly learningRates: readonly number[];
      readonly after: readonly (readonly GoldenNumber[])[];
    }[];
  };
  readonly clipping: readonly {
    readonly clipping: Clipping;
    readonly gradients: readonly GoldenTensor[];
    readonly clipped: readonly (readonly GoldenNumber[])[];
  }[];
  readonly schedules: readonly {
    readonly settings: ScheduleSettings;
    readonly base: number;
    readonly rates: readonly number[];
  }[];
} = JSON.parse(readFileSync(new URL("../../test/golden/rules.json", import.meta.url), "utf8"));

export const goldenTensor = (tf: TensorFlow, { dtype, shape, values }: GoldenTensor): Tensor =>
  tf.tensor(values.map(Number), shape, dtype);

/** The largest distance, as a share of what is allowed: 1e-6 + 1e-5 of the expected value. Infinity and NaN must be met. */
export function farthest(actual: ArrayLike<number>, expected: readonly GoldenNumber[]): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  return expected.reduce<number>((worst, text, index) => {
    const wanted = Number(text);
    const value = actual[index] ?? 0;
    if (Object.is(value, wanted)) return worst;
    const share = Math.abs(value - wanted) / (1e-6 + 1e-5 * Math.abs(wanted));
    return Number.isNaN(share) ? Number.POSITIVE_INFINITY : Math.max(worst, share);
  }, 0);
}
