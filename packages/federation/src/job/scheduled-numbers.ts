import { type NumberSetting, numbersOf } from "../strategies/numbers.js";
import type { StrategySpec } from "../strategies/strategies.js";

const whole: NumberSetting = { isWhole: true };
const real: NumberSetting = { isWhole: false };

/**
 * Of cohort and training. Nothing that may change while the job runs: what is changed by hand and what a schedule changes are
 * never the same. The learning rate of training is not here, as `training.schedule` is its own.
 */
const ofEveryJob: readonly (readonly [string, NumberSetting])[] = [
  ["cohort.size", whole],
  ["training.epochs", whole],
  ["training.maxBatches", whole],
  ["training.batchSize", whole],
  ["training.momentum", real],
  ["training.weightDecay", real],
  ["training.clipNorm", real],
  ["training.clipValue", real],
];

/** The numbers of a JobSpec that can follow a schedule, by their names: those of its strategy are what its schema says. */
export const scheduledNumbers = ({
  strategy,
}: {
  readonly strategy: StrategySpec;
}): ReadonlyMap<string, NumberSetting> => new Map([...ofEveryJob, ...ofStrategy(strategy, "strategy")]);

function ofStrategy(strategy: StrategySpec, section: string): [string, NumberSetting][] {
  const own = [...(numbersOf(strategy.kind) ?? [])].map(([name, setting]): [string, NumberSetting] => [
    `${section}.${name}`,
    setting,
  ]);
  return "of" in strategy ? [...own, ...ofStrategy(strategy.of, `${section}.of`)] : own;
}
