import type { Argument, Command, Option } from "commander";
import { type AskedName, askedBy } from "./asked.js";
import { wordsFor } from "./offered.js";

/** An option, as far as a shell completes it. */
export interface PlacedOption {
  /** "-h", "--help". */
  readonly flags: readonly string[];
  readonly about: string;
  /** Whether the word behind it is its value. */
  readonly takesValue: boolean;
  /** Values that there are; none: any, a file perhaps. */
  readonly choices: readonly string[];
  /** What its value is a name of, where only the coordinator knows them. */
  readonly asked: AskedName | undefined;
}

/** A command, as far as a shell completes what may stand behind it. */
export interface CommandPlace {
  /** "" the root, "/job/submit". */
  readonly at: string;
  /** Commands of its own, and choices of its arguments. */
  readonly words: readonly { readonly word: string; readonly about: string }[];
  /** What an argument is a name of, where only the coordinator knows them. */
  readonly asked: AskedName | undefined;
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
    asked: command.registeredArguments.map((argument) => askedBy(argument.name())).find((asked) => asked !== undefined),
    commands: command.commands.map((child) => child.name()),
    options: command.createHelp().visibleOptions(command).map(placed),
  };
  return [place, ...command.commands.flatMap((child) => commandPlaces(child, `${at}/${child.name()}`))];
}

const wordsOf = (argument: Argument) => wordsFor(argument).map((word) => ({ word, about: argument.description }));

const placed = (option: Option): PlacedOption => ({
  flags: [option.short, option.long].filter((flag) => flag !== undefined),
  about: option.description,
  takesValue: option.required,
  choices: wordsFor(option),
  asked: option.required ? askedBy(option.flags) : undefined,
});

/** "/job submit" for each command below another: how the scripts find out at which one a line is. */
export const steps = (places: readonly CommandPlace[]): readonly string[] =>
  places.flatMap(({ at, commands }) => commands.map((name) => `${at} ${name}`));

/** An option whose value is the next word. */
export interface ValuedOption extends Pick<PlacedOption, "choices" | "asked"> {
  /** "/worker --role". */
  readonly key: string;
}

export const valued = (places: readonly CommandPlace[]): readonly ValuedOption[] =>
  places.flatMap(({ at, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .flatMap(({ flags, choices, asked }) => flags.map((flag) => ({ key: `${at} ${flag}`, choices, asked }))),
  );

/** Those whose value may be anything: a file perhaps. */
export const freelyValued = (values: readonly ValuedOption[]): readonly ValuedOption[] =>
  values.filter(({ choices, asked }) => choices.length === 0 && asked === undefined);

/** A text as one word of bash or zsh. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
