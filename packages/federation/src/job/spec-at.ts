import { scheduledValue } from "@tributary/protocol";
import type { StrategySpec } from "../strategies/strategies.js";
import type { RoundSchedule, Schedules } from "./schedule-spec.js";
import { scheduledNumbers } from "./scheduled-numbers.js";

/** A JobSpec, or what somebody who carries a part of it out knows of it. */
interface HasSchedules {
  readonly strategy: StrategySpec;
  readonly schedules?: Schedules | undefined;
}

/**
 * A JobSpec as it holds in a round: every number that follows a schedule has the round's value, and no schedule is left. The same
 * spec where there is none.
 *
 * @param round counted from 1; of an asynchronous job the version that is being made, or that a worker's update is meant for
 */
export function specAt<Spec extends HasSchedules>(spec: Spec, round: number): Spec {
  const { schedules } = spec;
  if (schedules === undefined) return spec;
  const numbers = scheduledNumbers(spec);
  let at: Spec = { ...spec, schedules: undefined };
  for (const [name, schedule] of Object.entries(schedules)) {
    const base = numberIn(spec, name);
    const { isWhole = false } = numbers.get(name) ?? {};
    // Who carries out a part of the job need not know the rest of it.
    if (base !== undefined) at = withNumber(at, name.split("."), valueIn(schedule, round, base, isWhole));
  }
  return at;
}

/** The number of this dotted name; undefined: the spec has none. */
export function numberIn(spec: object, name: string): number | undefined {
  const value = name
    .split(".")
    .reduce<unknown>(
      (section, key) => (isObject(section) && Object.hasOwn(section, key) ? Reflect.get(section, key) : undefined),
      spec,
    );
  return typeof value === "number" ? value : undefined;
}

function valueIn(schedule: RoundSchedule, round: number, base: number, isWhole: boolean): number {
  const value =
    schedule.name === "piecewise"
      ? (schedule.steps.findLast(({ from }) => from <= round)?.value ?? base)
      : scheduledValue(schedule, round - 1, base);
  return isWhole ? Math.max(1, Math.round(value)) : value;
}

function withNumber<Section extends object>(
  section: Section,
  [key, ...rest]: readonly string[],
  value: number,
): Section {
  if (key === undefined) return section;
  const inner: unknown = Reflect.get(section, key);
  return { ...section, [key]: isObject(inner) ? withNumber(inner, rest, value) : value };
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
