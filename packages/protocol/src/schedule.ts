/** The value stays as it is. */
interface ConstantSettings {
  readonly name: "constant";
}

/** torch.optim.lr_scheduler.StepLR: times `gamma` after every `stepSize` steps. */
interface StepSettings {
  readonly name: "step";
  readonly stepSize: number;
  /** From 0. Default 0.1. */
  readonly gamma?: number;
}

/** torch.optim.lr_scheduler.ExponentialLR: times `gamma` after every step. */
interface ExponentialSettings {
  readonly name: "exponential";
  /** From 0. */
  readonly gamma: number;
}

/** torch.optim.lr_scheduler.CosineAnnealingLR (Loshchilov and Hutter 2017): down in `tMax` steps, and up again if there are more. */
interface CosineSettings {
  readonly name: "cosine";
  /** Steps from the base value to the least one. */
  readonly tMax: number;
  /** The least value, from 0. Default 0. */
  readonly etaMin?: number;
}

/**
 * torch.optim.lr_scheduler.LinearLR up to the base value; with `next`, then that schedule, counted from there, as SequentialLR
 * does it.
 */
export interface LinearWarmUpSettings {
  readonly name: "linear-warm-up";
  /** Share of the base value at step 0, above 0 and at most 1. Default 1/3. */
  readonly startFactor?: number;
  /** Steps until the base value is reached. Default 5. */
  readonly totalIters?: number;
  /** Default: the base value from there on. */
  readonly next?: Exclude<ScheduleSettings, LinearWarmUpSettings>;
}

/** A schedule by name. The defaults are PyTorch's. */
export type ScheduleSettings =
  | ConstantSettings
  | StepSettings
  | ExponentialSettings
  | CosineSettings
  | LinearWarmUpSettings;

/**
 * What a value is at a step, in PyTorch's closed form, so that any step can be asked for. What a step is, a batch, an epoch or a
 * round, is the caller's choice; so are the ranges of the settings, which are not looked at here.
 *
 * @param step from 0 on, as PyTorch counts
 * @param base the value that the schedule changes
 */
export function scheduledValue(settings: ScheduleSettings, step: number, base: number): number {
  switch (settings.name) {
    case "constant":
      return base;
    case "step": {
      const { stepSize, gamma = 0.1 } = settings;
      return base * gamma ** Math.floor(step / stepSize);
    }
    case "exponential":
      return base * settings.gamma ** step;
    case "cosine": {
      const { tMax, etaMin = 0 } = settings;
      return etaMin + ((base - etaMin) * (1 + Math.cos((Math.PI * step) / tMax))) / 2;
    }
    case "linear-warm-up": {
      const { startFactor = 1 / 3, totalIters = 5, next = { name: "constant" } } = settings;
      return step < totalIters
        ? base * (startFactor + ((1 - startFactor) * step) / totalIters)
        : scheduledValue(next, step - totalIters, base);
    }
    default:
      return settings satisfies never;
  }
}
