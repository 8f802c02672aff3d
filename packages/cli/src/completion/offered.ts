import type { Argument, Option } from "commander";

const offered = new WeakMap<Option | Argument, readonly string[]>();

/** An option or an argument where a shell offers these words, though others may do, too. */
export function offering<T extends Option | Argument>(one: T, words: readonly string[]): T {
  offered.set(one, words);
  return one;
}

/** The words that a shell offers for it: those that there are, where no others may be given. */
export const wordsFor = (one: Option | Argument): readonly string[] => one.argChoices ?? offered.get(one) ?? [];
