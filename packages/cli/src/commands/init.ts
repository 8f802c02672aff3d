import { basename, relative, resolve } from "node:path";
import { datasetNames } from "@tributary/data";
import { modelNames } from "@tributary/nn";
import { Command, InvalidArgumentError, Option } from "commander";
import isInCi from "is-in-ci";
import { offering } from "../completion/offered.js";
import {
  isProjectName,
  MOST_WORKERS,
  modelsFor,
  type ProjectAnswers,
  projectNameOf,
  strategyKinds,
} from "../init/answers.js";
import { checkout } from "../init/checkout.js";
import { PROJECT_PATHS, projectFiles } from "../init/project-files.js";
import { refuseOverwriting, writeProject } from "../init/write-project.js";
import { readGraph } from "../models/read-graph.js";
import { wholeNumber } from "../options.js";
import { print, printJson } from "../output/print.js";

interface Options extends Partial<ProjectAnswers> {
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `tributary init`: a project that runs, out of a few answers. */
export const init = (): Command =>
  new Command("init")
    .description("write a project: a JobSpec, its network, and a compose file with a coordinator and workers")
    .argument("[folder]", "where it goes", ".")
    .option("--name <name>", "of the project and its job; default that of the folder", projectName)
    .addOption(new Option("--dataset <name>", "a public data set; default mnist").choices(datasetNames))
    .addOption(
      offering(
        new Option("--model <model>", "a named model, or the file of a traced graph; default lenet5 where it fits"),
        modelNames,
      ),
    )
    .option("--workers <n>", "that share the data set; default 3", wholeNumber(1, MOST_WORKERS))
    .option("--rounds <n>", "default 10", wholeNumber(1, 1_000_000))
    .addOption(new Option("--strategy <kind>", "how updates become a model; default fedavg").choices(strategyKinds))
    .option("--yes", "ask nothing: what is not given is the default")
    .option("--force", "replace files that are there")
    .option("--json", "ask nothing, and print what was written as JSON")
    .addHelpText(
      "after",
      `
On a terminal it asks for what the options do not say.

Examples:
  tributary init digits
  tributary init digits --yes --model mcmahan-cnn --workers 5 --strategy fedadam --force`,
    )
    .action(run);

async function run(path: string, { yes, force = false, json, ...given }: Options): Promise<void> {
  const folder = resolve(path);
  if (!force) await refuseOverwriting(folder, PROJECT_PATHS);
  const standard = (dataset: string): ProjectAnswers => {
    const models = modelsFor(dataset);
    const model = models.includes("lenet5") ? "lenet5" : (models[0] ?? "");
    return { name: projectNameOf(basename(folder)), dataset, model, workers: 3, rounds: 10, strategy: "fedavg" };
  };
  const answers =
    yes || json || !isAsked()
      ? { ...standard(given.dataset ?? "mnist"), ...given }
      : await (await import("../init/ask.js")).askProject(given, standard);
  const files = projectFiles(answers, await readGraph(answers.model), checkout());
  await writeProject(folder, files, force);
  if (json) return printJson({ folder, ...answers, files: files.map((file) => file.path) });
  for (const file of files) print(`wrote ${relative(process.cwd(), resolve(folder, file.path))}`);
  const job = relative(process.cwd(), resolve(folder, "job.yaml"));
  print(`\nTry the job here:  tributary simulate ${job} --workers ${answers.workers} --evaluate`);
  print("README.md there says how to run it with Docker or in processes.");
}

/** Whether somebody sits at a terminal. */
const isAsked = (): boolean => process.stdin.isTTY === true && process.stdout.isTTY === true && !isInCi;

function projectName(text: string): string {
  if (!isProjectName(text))
    throw new InvalidArgumentError("at most 40 lower-case letters, digits and hyphens are wanted.");
  return text;
}
