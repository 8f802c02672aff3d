import { type LinearWarmUpSettings, type ScheduleSettings, scheduledValue, TributaryError } from "@tributary/protocol";
import { finite, fromZero, needed, unknownName, wholeAboveZero } from "../settings/range.js";

export type { ScheduleSettings };

export const scheduleNames = [
  "constant",
  "step",
  "exponential",
  "cosine",
  "linear-warm-up",
] as const satisfies readonly ScheduleSettings["name"][];

const afterWarmUp: readonly string[] = scheduleNames.filter((name) => name !== "linear-warm-up");

/**
 * The learning rate of a step. What a step is, a batch, an epoch or a round, is the caller's choice.
 *
 * @param step from 0 on, as PyTorch counts
 * @param base the optimizer's learning rate
 */
export type Schedule = (step: number, base: number) => number;

/**
 * The schedule of these settings, in PyTorch's closed form, so that any step can be asked for.
 *
 * @example
 * const rateOf = scheduleOf({ name: "linear-warm-up", totalIters: 10, next: { name: "cosine", tMax: 90 } });
 * rateOf(0, 0.3); // 0.1
 * @throws TributaryError `invalid_request` when a setting is out of its range
 */
export function scheduleOf(settings: ScheduleSettings): Schedule {
  check(settings);
  return (step, base) => scheduledValue(settings, step, base);
}

function check(settings: ScheduleSettings): void {
  const { name } = settings;
  switch (name) {
    case "constant":
      break;
    case "step":
      needed("step", settings, "stepSize");
      wholeAboveZero("step", settings, "stepSize");
      fromZero("step", settings, "gamma");
      break;
    case "exponential":
      needed("exponential", settings, "gamma");
      fromZero("exponential", settings, "gamma");
      break;
    case "cosine":
      needed("cosine", settings, "tMax");
      wholeAboveZero("cosine", settings, "tMax");
      fromZero("cosine", settings, "etaMin");
      break;
    case "linear-warm-up":
      checkWarmUp(settings);
      break;
    default:
      throw unknownName("schedule", name satisfies never, scheduleNames);
  }
}

function checkWarmUp(settings: LinearWarmUpSettings): void {
  wholeAboveZero("linear-warm-up", settings, "totalIters");
  finite("linear-warm-up", settings, "startFactor");
  const { startFactor, next } = settings;
  if (startFactor !== undefined && !(startFactor > 0 && startFactor <= 1))
    throw new TributaryError(
      "invalid_request",
      `linear-warm-up: startFactor must be above 0 and at most 1, got ${startFactor}`,
    );
  if (next === undefined) return;
  // Callers without types could chain warm-ups without end.
  if (!afterWarmUp.includes(next.name)) throw unknownName("schedule after linear-warm-up", next.name, afterWarmUp);
  check(next);
}
