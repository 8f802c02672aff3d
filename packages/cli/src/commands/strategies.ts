import { describeStrategies, type StrategyDescription } from "@tributary/federation";
import { didYouMean, TributaryError } from "@tributary/protocol";
import { Argument, Command } from "commander";
import { offering } from "../completion/offered.js";
import { strategyKinds } from "../init/answers.js";
import { print, printJson, printTable } from "../output/print.js";

const memoryWords: Readonly<Record<StrategyDescription["memory"], string>> = {
  model: "one model, whatever the number of workers",
  reread: "one model, whatever the number of workers; updates are read twice, so that a simulation holds them",
  window: "a window of every update",
  inner: "what the strategy inside takes",
};

/** `tributary strategies`: the rules that turn updates into the next global model, and their settings. */
export const strategies = (): Command =>
  new Command("strategies")
    .description("the strategies that a job may ask for, or the settings of one")
    .addArgument(offering(new Argument("[kind]", "a strategy, as in strategy.kind of a JobSpec"), strategyKinds))
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n  tributary strategies\n  tributary strategies fedadam")
    .action((kind: string | undefined, { json }: { json?: boolean }) => {
      const all = describeStrategies();
      if (kind === undefined) (json ? printJson : showAll)(all);
      else (json ? printJson : showOne)(one(all, kind));
    });

const showAll = (all: readonly StrategyDescription[]): void =>
  printTable(
    ["strategy", "what it is"],
    all.map(({ kind, about }) => [kind, about]),
  );

/** @throws TributaryError `not_found` */
function one(all: readonly StrategyDescription[], kind: string): StrategyDescription {
  const found = all.find((strategy) => strategy.kind === kind);
  const kinds = all.map((strategy) => strategy.kind);
  if (found === undefined)
    throw new TributaryError("not_found", `there is no strategy ${kind.slice(0, 60)}; ${didYouMean(kind, kinds)}`, {
      hint: "List what there is: `tributary strategies`.",
    });
  return found;
}

function showOne(strategy: StrategyDescription): void {
  const { kind, about, memory, least, most, state, objective, settings, example } = strategy;
  print(`${kind}: ${about}\n`);
  if (settings.length > 0)
    printTable(
      ["setting", "allowed", "default", "what it is"],
      settings.map(({ key, allowed, standard, required, meaning }) => [
        key,
        allowed,
        required ? "needed" : (standard ?? ""),
        meaning,
      ]),
    );
  print(`memory   ${memoryWords[memory]}`);
  print(`kept     ${state.join(", ") || "nothing"}`);
  print(`workers  ${Object.keys(objective).length === 0 ? "train as `training` says" : JSON.stringify(objective)}`);
  print(
    `example  ${JSON.stringify(example)}, with ${least} updates at least${most === undefined ? "" : `, ${most} at most`}`,
  );
}
