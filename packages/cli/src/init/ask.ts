import { type CANCEL_SYMBOL, intro, isCancel, outro, select, text } from "@clack/prompts";
import { datasetNames } from "@tributary/data";
import { strategies, wrappers } from "@tributary/federation";
import type { Graph } from "@tributary/nn";
import { oneLine, TributaryError } from "@tributary/protocol";
import { readGraph } from "../models/read-graph.js";
import { isProjectName, MOST_WORKERS, modelsFor, type ProjectAnswers, strategiesFor } from "./answers.js";

/**
 * Asks for what was not given, in the terminal.
 * @param given what is not asked for @param standard what is proposed
 * @throws TributaryError `aborted` when the person leaves; of what was given what `readGraph` throws
 */
export async function askProject(
  given: Partial<ProjectAnswers>,
  standard: (dataset: string) => ProjectAnswers,
): Promise<ProjectAnswers> {
  intro("A new project: a job, its network, and a federation to run it in");
  const name =
    given.name ??
    (await answered(
      text({
        message: "Name",
        initialValue: standard(datasetNames[0] ?? "").name,
        validate: (value) => (isProjectName(value ?? "") ? undefined : "lower-case letters, digits and hyphens"),
      }),
    ));
  const dataset = given.dataset ?? (await choice("Data set", datasetNames.map(named), datasetNames[0] ?? ""));
  const proposed = standard(dataset);
  const model = given.model ?? (await choice("Network", modelsFor(dataset).map(named), proposed.model));
  const workers = given.workers ?? (await wholeNumber("Workers", 1, MOST_WORKERS, proposed.workers));
  const rounds = given.rounds ?? (await wholeNumber("Rounds", 1, 1_000_000, proposed.rounds));
  const graph = await readGraph(model);
  const answers = { name, dataset, model, workers, rounds };
  const strategy = given.strategy ?? (await choice("Strategy", describedStrategies(answers, graph), proposed.strategy));
  outro("That is all.");
  return { ...answers, strategy };
}

interface Choice {
  readonly value: string;
  readonly hint?: string;
}

const named = (value: string): Choice => ({ value });

function describedStrategies(answers: Omit<ProjectAnswers, "strategy">, graph: Graph): readonly Choice[] {
  const fit = strategiesFor(answers, graph);
  return [...strategies, ...wrappers]
    .filter(({ kind }) => fit.includes(kind))
    .map(({ kind, about }) => ({ value: kind, hint: oneLine(about, 70) }));
}

const choice = (message: string, options: readonly Choice[], initialValue: string): Promise<string> =>
  answered(select<string>({ message, options: [...options], initialValue, maxItems: 10 }));

async function wholeNumber(message: string, least: number, most: number, initialValue: number): Promise<number> {
  const isRight = (value = "") => /^\d{1,7}$/.test(value) && Number(value) >= least && Number(value) <= most;
  const answer = await answered(
    text({
      message,
      initialValue: String(initialValue),
      validate: (value) => (isRight(value) ? undefined : `a whole number from ${least} to ${most}`),
    }),
  );
  return Number(answer);
}

/** @throws TributaryError `aborted` */
async function answered<Answer>(asked: Promise<Answer | typeof CANCEL_SYMBOL>): Promise<Answer> {
  const answer = await asked;
  if (!isCancel(answer)) return answer;
  throw new TributaryError("aborted", "no project was made", { hint: "Nothing was written." });
}
