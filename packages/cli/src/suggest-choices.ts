import { nearest } from "@tributary/protocol";
import { type Argument, type Command, InvalidArgumentError, type Option } from "commander";

/** An option or an argument with choices then answers another value with the nearest of them. */
export function suggestChoices(command: Command): void {
  for (const one of [...command.options, ...command.registeredArguments]) suggest(one);
}

function suggest(one: Option | Argument): void {
  const { argChoices, parseArg } = one;
  if (argChoices === undefined || parseArg === undefined) return;
  one.argParser((value: string, earlier: unknown) => {
    const near = argChoices.includes(value) ? undefined : nearest(value, argChoices);
    if (near !== undefined)
      throw new InvalidArgumentError(`Allowed choices are ${argChoices.join(", ")}; did you mean ${near}?`);
    return parseArg(value, earlier);
  });
}
