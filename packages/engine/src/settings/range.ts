import { TributaryError } from "@tributary/protocol";

type Settings<Name extends string> = Readonly<Partial<Record<Name, number>>>;

/** Makes a check of numeric settings: what is left out is not looked at, NaN and infinity are in no range. */
const check =
  (isInRange: (value: number) => boolean, range: string) =>
  <Name extends string>(owner: string, settings: Settings<Name>, ...names: readonly Name[]): void => {
    for (const name of names) {
      const value = settings[name];
      if (value !== undefined && !(Number.isFinite(value) && isInRange(value)))
        throw new TributaryError("invalid_request", `${owner}: ${name} must be ${range}, got ${value}`);
    }
  };

/** @throws TributaryError `invalid_request` when a caller without types left out what has no default */
export function needed<Name extends string>(owner: string, settings: Settings<Name>, ...names: readonly Name[]): void {
  for (const name of names)
    if (settings[name] === undefined) throw new TributaryError("invalid_request", `${owner}: ${name} is needed`);
}

// Each throws TributaryError `invalid_request`, naming the owner, the setting, its range and what it was.

export const finite = check(() => true, "a number");
export const aboveZero = check((value) => value > 0, "above 0");
export const fromZero = check((value) => value >= 0, "0 or above");
export const fromZeroToOne = check((value) => value >= 0 && value <= 1, "from 0 to 1");
export const fromZeroBelowOne = check((value) => value >= 0 && value < 1, "from 0 to below 1");
export const wholeAboveZero = check((value) => Number.isSafeInteger(value) && value > 0, "a whole number above 0");

/** An error for a name that no rule has. @param name of whatever a caller without types gave */
export const unknownName = (owner: string, name: unknown, known: readonly string[]): TributaryError =>
  new TributaryError("invalid_request", `unknown ${owner} ${JSON.stringify(name)}: one of ${known.join(", ")}`);
