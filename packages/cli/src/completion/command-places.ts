import type { Argument, Command, Option } from "commander";

/** An option, as far as a shell completes it. */
export interface PlacedOption {
  /** "-h", "--help". */
  readonly flags: readonly string[];
  readonly about: string;
  /** Whether the word behind it is its value. */
  readonly takesValue: boolean;
  /** Values that there are; none: any, a file perhaps. */
  readonly choices: readonly string[];
}

/** A command, as far as a shell completes what may stand behind it. */
export interface CommandPlace {
  /** "" the root, "/job/submit". */
  readonly at: string;
  /** Commands of its own, and choices of its arguments. */
  readonly words: readonly { readonly word: string; readonly about: string }[];
  /** Names of its commands: they lead to another place. */
  readonly commands: readonly string[];
  readonly options: readonly PlacedOption[];
}

/** Every command below this one, and itself. */
export function commandPlaces(command: Command, at = ""): readonly CommandPlace[] {
  const place: CommandPlace = {
    at,
    words: [
      ...command.commands.map((child) => ({ word: child.name(), about: child.description() })),
      ...command.registeredArguments.flatMap(wordsOf),
    ],
    commands: command.commands.map((child) => child.name()),
    options: command.createHelp().visibleOptions(command).map(placed),
  };
  return [place, ...command.commands.flatMap((child) => commandPlaces(child, `${at}/${child.name()}`))];
}

const wordsOf = ({ argChoices = [], description }: Argument) =>
  argChoices.map((word) => ({ word, about: description }));

const placed = ({ short, long, description, required, argChoices = [] }: Option): PlacedOption => ({
  flags: [short, long].filter((flag) => flag !== undefined),
  about: description,
  takesValue: required,
  choices: argChoices,
});

/** "/job submit" for each command below another: how the scripts find out at which one a line is. */
export const steps = (places: readonly CommandPlace[]): readonly string[] =>
  places.flatMap(({ at, commands }) => commands.map((name) => `${at} ${name}`));

/** "/worker --role" for each option whose value is the next word. */
export const valued = (
  places: readonly CommandPlace[],
): readonly { readonly key: string; readonly choices: readonly string[] }[] =>
  places.flatMap(({ at, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .flatMap(({ flags, choices }) => flags.map((flag) => ({ key: `${at} ${flag}`, choices }))),
  );

/** A text as one word of bash or zsh. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
