import { TributaryError } from "@tributary/protocol";
import { finite, fromZero, needed, unknownName, wholeAboveZero } from "../settings/range.js";

/** The learning rate stays as it is. */
export interface ConstantSettings {
  readonly name: "constant";
}

/** torch.optim.lr_scheduler.StepLR: times `gamma` after every `stepSize` steps. */
export interface StepSettings {
  readonly name: "step";
  readonly stepSize: number;
  /** From 0. Default 0.1. */
  readonly gamma?: number;
}

/** torch.optim.lr_scheduler.ExponentialLR: times `gamma` after every step. */
export interface ExponentialSettings {
  readonly name: "exponential";
  /** From 0. */
  readonly gamma: number;
}

/** torch.optim.lr_scheduler.CosineAnnealingLR (Loshchilov and Hutter 2017): down in `tMax` steps, and up again if there are more. */
export interface CosineSettings {
  readonly name: "cosine";
  /** Steps from the base rate to the least one. */
  readonly tMax: number;
  /** The least learning rate, from 0. Default 0. */
  readonly etaMin?: number;
}

/**
 * torch.optim.lr_scheduler.LinearLR up to the base rate; with `next`, then that schedule, counted from there, as SequentialLR
 * does it.
 */
export interface LinearWarmUpSettings {
  readonly name: "linear-warm-up";
  /** Share of the base rate at step 0, above 0 and at most 1. Default 1/3. */
  readonly startFactor?: number;
  /** Steps until the base rate is reached. Default 5. */
  readonly totalIters?: number;
  /** Default: the base rate from there on. */
  readonly next?: Exclude<ScheduleSettings, LinearWarmUpSettings>;
}

/** A schedule by name. The defaults are PyTorch's. */
export type ScheduleSettings =
  | ConstantSettings
  | StepSettings
  | ExponentialSettings
  | CosineSettings
  | LinearWarmUpSettings;

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
  const { name } = settings;
  switch (name) {
    case "constant":
      return (_, base) => base;
    case "step":
      return step(settings);
    case "exponential":
      return exponential(settings);
    case "cosine":
      return cosine(settings);
    case "linear-warm-up":
      return linearWarmUp(settings);
    default:
      throw unknownName("schedule", name satisfies never, scheduleNames);
  }
}

function step(settings: StepSettings): Schedule {
  needed("step", settings, "stepSize");
  wholeAboveZero("step", settings, "stepSize");
  fromZero("step", settings, "gamma");
  const { stepSize, gamma = 0.1 } = settings;
  return (step, base) => base * gamma ** Math.floor(step / stepSize);
}

function exponential(settings: ExponentialSettings): Schedule {
  needed("exponential", settings, "gamma");
  fromZero("exponential", settings, "gamma");
  return (step, base) => base * settings.gamma ** step;
}

function cosine(settings: CosineSettings): Schedule {
  needed("cosine", settings, "tMax");
  wholeAboveZero("cosine", settings, "tMax");
  fromZero("cosine", settings, "etaMin");
  const { tMax, etaMin = 0 } = settings;
  return (step, base) => etaMin + ((base - etaMin) * (1 + Math.cos((Math.PI * step) / tMax))) / 2;
}

function linearWarmUp(settings: LinearWarmUpSettings): Schedule {
  wholeAboveZero("linear-warm-up", settings, "totalIters");
  finite("linear-warm-up", settings, "startFactor");
  const { startFactor = 1 / 3, totalIters = 5, next = { name: "constant" } } = settings;
  if (!(startFactor > 0 && startFactor <= 1))
    throw new TributaryError(
      "invalid_request",
      `linear-warm-up: startFactor must be above 0 and at most 1, got ${startFactor}`,
    );
  // Callers without types could chain warm-ups without end.
  if (!afterWarmUp.includes(next.name)) throw unknownName("schedule after linear-warm-up", next.name, afterWarmUp);
  const then = scheduleOf(next);
  return (step, base) =>
    step < totalIters ? base * (startFactor + ((1 - startFactor) * step) / totalIters) : then(step - totalIters, base);
}
