import { describeUnable, isOver, type JobView, parseJobSpec } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { Command } from "commander";
import { saveModel } from "../models/save-model.js";
import { type ClientFlags, clientFrom, coordinatorOption, readText, tokenOptions } from "../options.js";
import { duration, percent } from "../output/format.js";
import { print, printJson, printTable } from "../output/print.js";
import { roundLine } from "../output/round-progress.js";
import { watchToEnd } from "../watch.js";

type Flags = ClientFlags & { readonly json?: boolean };

/** A command that speaks to a coordinator. */
export function clientCommand(name: string, description: string): Command {
  const command = new Command(name).description(description).addOption(coordinatorOption());
  for (const option of tokenOptions()) command.addOption(option);
  return command.option("--json", "print JSON");
}

/** `tributary job …`: submit and follow training runs. */
export const job = (): Command =>
  new Command("job")
    .description("training runs")
    .addCommand(submit())
    .addCommand(list())
    .addCommand(show())
    .addCommand(watch())
    .addCommand(cancel());

const submit = (): Command =>
  clientCommand("submit", "submit a job: a JobSpec in YAML or JSON")
    .argument("<file>", "the JobSpec")
    .option("--watch", "stay until the job is over; the exit code is the job's")
    .option("--output <file>", "with --watch: where the model goes, as safetensors")
    .addHelpText("after", "\nExample:\n  tributary job submit job.yaml --watch --output model.safetensors")
    .action(async (file: string, { watch, output, ...flags }: Flags & { watch?: boolean; output?: string }) => {
      const spec = parseJobSpec(await readText(file, "the JobSpec"), { file });
      const client = await clientFrom(flags);
      const created = await client.jobs.create(spec);
      if (!watch) return flags.json ? printJson(created) : print(`job ${created.id} is ${created.status}`);
      if (!flags.json) print(`job ${created.id} is ${created.status}`);
      const ended = await watchToEnd(client, created.id);
      if (output !== undefined && ended.status === "completed") await saveModel(client, ended.id, "latest", output);
      finish(ended, flags.json);
    });

const list = (): Command =>
  clientCommand("list", "jobs, the newest first").action(async (flags: Flags) => {
    const jobs = await (await clientFrom(flags)).jobs.list();
    if (flags.json) return printJson(jobs);
    const rows = jobs.map((view) => [
      view.id,
      view.name,
      view.status,
      `${view.round}/${view.spec.rounds}`,
      percent(view.accuracy),
      view.submittedAt,
    ]);
    printTable(["job", "name", "status", "round", "accuracy", "submitted"], rows);
  });

const show = (): Command =>
  clientCommand("show", "a job and its rounds")
    .argument("<job>", "its id")
    .action(async (id: string, flags: Flags) => {
      const client = await clientFrom(flags);
      const [view, rounds] = await Promise.all([client.jobs.get(id), client.jobs.rounds(id)]);
      if (flags.json) return printJson({ ...view, rounds });
      print(describe(view));
      for (const round of rounds) print(roundLine(round, view.spec.rounds));
    });

const watch = (): Command =>
  clientCommand("watch", "follow a job until it is over; the exit code is the job's")
    .argument("<job>", "its id")
    .action(async (id: string, flags: Flags) => finish(await watchToEnd(await clientFrom(flags), id), flags.json));

const cancel = (): Command =>
  clientCommand("cancel", "end a job; its models stay")
    .argument("<job>", "its id")
    .action(async (id: string, flags: Flags) => {
      const view = await (await clientFrom(flags)).jobs.cancel(id);
      if (flags.json) printJson(view);
      else print(`job ${view.id} is ${view.status}`);
    });

/** @throws TributaryError `training_failed` unless the job completed, so that the exit code is the job's */
function finish(view: JobView, json: boolean | undefined): void {
  if (json) printJson(view);
  else print(describe(view));
  if (isOver(view.status) && view.status !== "completed")
    throw new TributaryError(
      "training_failed",
      `job ${view.id} ${view.status === "failed" ? `failed: ${view.reason ?? ""}` : "was cancelled"}`,
      {
        hint: `Look at its rounds: tributary job show ${view.id}`,
      },
    );
}

function describeShortage({ needed, able, unable }: NonNullable<JobView["waitingFor"]>): string {
  const lacking = unable.length > 0 ? `; ${describeUnable(unable)}` : "";
  return `it waits for ${needed} workers, and ${able} that can train it ${able === 1 ? "is" : "are"} there${lacking}`;
}

function describe(view: JobView): string {
  const { id, name, status, phase, reason, waitingFor, round, spec, accuracy, model, startedAt, finishedAt } = view;
  const took =
    startedAt === null
      ? ""
      : `  ${duration(Date.parse(finishedAt ?? new Date().toISOString()) - Date.parse(startedAt))}`;
  const state = [status, phase, reason].filter((part) => part !== null).join(", ");
  return [
    `${id}  ${name}  ${state}${took}`,
    ...(waitingFor === null ? [] : [describeShortage(waitingFor)]),
    `round ${round}/${spec.rounds}  accuracy ${percent(accuracy)}`,
    ...(model ? [`model of round ${model.round}  ${model.digest}`] : []),
  ].join("\n");
}
