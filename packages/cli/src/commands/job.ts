import type { TributaryClient } from "@tributary/client";
import { isOver, type JobView, type RoundView } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { Command } from "commander";
import { type ChangeFlags, changesOf, withChangeOptions } from "../job-changes.js";
import { readSpec } from "../job-file.js";
import { isInteractive } from "../live/interactive.js";
import { saveModel } from "../models/save-model.js";
import { type ClientFlags, clientFrom } from "../options.js";
import { duration, percent } from "../output/format.js";
import { print, printJson, printTable } from "../output/print.js";
import { roundLine } from "../output/round-progress.js";
import { printPersonalisation, printValidation } from "../output/scores.js";
import { describeShortage } from "../output/shortage.js";
import { watchToEnd } from "../watch.js";
import { clientCommand } from "./client-command.js";
import { jobCompare } from "./job-compare.js";
import { jobLogs } from "./job-logs.js";

type Flags = ClientFlags & { readonly json?: boolean };

/** `tributary job …`: submit and follow training runs. */
export const job = (): Command =>
  new Command("job")
    .description("training runs")
    .addHelpText(
      "after",
      "\nExamples:\n  tributary job submit job.yaml --watch --output model.safetensors\n  tributary job list",
    )
    .addCommand(submit())
    .addCommand(list())
    .addCommand(show())
    .addCommand(watch())
    .addCommand(jobLogs())
    .addCommand(pause())
    .addCommand(resume())
    .addCommand(change())
    .addCommand(cancel())
    .addCommand(jobCompare());

const submit = (): Command =>
  clientCommand("submit", "submit a job: a JobSpec in YAML or JSON")
    .argument("[file]", "the JobSpec; with --from it may be left out, and is that of the other job")
    .option("--from <job@round>", "go on from a version of another job's model; `latest` is a round, too")
    .option("--watch", "stay until the job is over; the exit code is the job's")
    .option("--plain", "with --watch: print lines, also on a terminal")
    .option("--output <file>", "with --watch: where the model goes, as safetensors")
    .addHelpText(
      "after",
      "\nExamples:\n  tributary job submit job.yaml --watch --output model.safetensors\n  tributary job submit --from JOB@12",
    )
    .action(async (file: string | undefined, { watch, output, from, ...flags }: WatchFlags & SubmitFlags) => {
      const client = await clientFrom(flags);
      const spec = await readSpec(client, file, from);
      const created = await client.jobs.create(spec);
      if (!watch) return flags.json ? printJson(created) : print(`job ${created.id} is ${created.status}`);
      if (!flags.json) print(`job ${created.id} is ${created.status}`);
      const ended = await watchJob(client, created.id, flags);
      if (output !== undefined && ended.status === "completed") await saveModel(client, ended.id, "latest", output);
      finish(ended, flags.json);
    });

interface SubmitFlags {
  readonly watch?: boolean;
  readonly output?: string;
  readonly from?: string;
}

const list = (): Command =>
  clientCommand("list", "jobs, the newest first")
    .addHelpText("after", "\nExample:\n  tributary job list")
    .action(async (flags: Flags) => {
      const jobs = await (await clientFrom(flags)).jobs.list();
      if (flags.json) return printJson(jobs);
      const rows = jobs.map((view) => [
        view.id,
        view.name,
        view.status,
        `${view.round}/${view.spec.rounds}`,
        percent(view.accuracy),
        percent(view.bestAccuracy),
        view.submittedAt,
      ]);
      printTable(["job", "name", "status", "round", "accuracy", "best", "submitted"], rows);
    });

const show = (): Command =>
  clientCommand("show", "a job and its rounds")
    .argument("<job>", "its id")
    .addHelpText("after", "\nExample:\n  tributary job show JOB")
    .action(async (id: string, flags: Flags) => {
      const client = await clientFrom(flags);
      const [view, rounds] = await Promise.all([client.jobs.get(id), client.jobs.rounds(id)]);
      if (flags.json) return printJson({ ...view, rounds });
      print(describe(view));
      for (const round of rounds) print(roundLine(round, view.spec.rounds));
      printScores(rounds);
    });

/** Of the last round that has any: the workers' own models against the global one, or what workers say of that. */
function printScores(rounds: readonly RoundView[]): void {
  const last = rounds.findLast(({ validation, personalisation }) => validation !== null || personalisation !== null);
  if (last === undefined) return;
  print("");
  if (last.personalisation !== null) printPersonalisation(last.personalisation);
  else if (last.validation !== null) printValidation(last.validation);
}

const watch = (): Command =>
  clientCommand("watch", "follow a job until it is over; the exit code is the job's")
    .argument("<job>", "its id")
    .option("--plain", "print lines, also on a terminal")
    .addHelpText(
      "after",
      "\nOn a terminal it fills the screen; elsewhere, and with --json, --plain, CI or NO_COLOR, it prints a line for each round.\n\nExamples:\n  tributary job watch JOB\n  tributary job watch JOB --json",
    )
    .action(async (id: string, flags: WatchFlags) =>
      finish(await watchJob(await clientFrom(flags), id, flags), flags.json),
    );

type WatchFlags = Flags & { readonly plain?: boolean };

/** On the whole terminal, or in lines. */
async function watchJob(client: TributaryClient, id: string, flags: WatchFlags): Promise<JobView> {
  if (!isInteractive(flags)) return watchToEnd(client, id);
  const { watchJobLive } = await import("../live/watch-job.js");
  return watchJobLive(client, id);
}

const cancel = (): Command =>
  clientCommand("cancel", "end a job; its models stay")
    .argument("<job>", "its id")
    .addHelpText("after", "\nExample:\n  tributary job cancel JOB")
    .action(async (id: string, flags: Flags) => {
      const view = await (await clientFrom(flags)).jobs.cancel(id);
      if (flags.json) printJson(view);
      else print(`job ${view.id} is ${view.status}`);
    });

const pause = (): Command =>
  clientCommand("pause", "let a job stand still with what it has; others may run")
    .argument("<job>", "its id")
    .option("--reason <text>", "why, for people")
    .addHelpText("after", "\nExample:\n  tributary job pause JOB --reason maintenance")
    .action(async (id: string, { reason, ...flags }: Flags & { reason?: string }) => {
      say(await (await clientFrom(flags)).jobs.pause(id, reason), flags);
    });

const resume = (): Command =>
  clientCommand("resume", "let a paused job go on")
    .argument("<job>", "its id")
    .addHelpText("after", "\nExample:\n  tributary job resume JOB")
    .action(async (id: string, flags: Flags) => say(await (await clientFrom(flags)).jobs.resume(id), flags));

const change = (): Command =>
  withChangeOptions(
    clientCommand("change", "change how long a job waits, for how many and whom, and what ends it, while it runs"),
  )
    .argument("<job>", "its id")
    .addHelpText(
      "after",
      "\nExamples:\n  tributary job change JOB --rounds 20 --deadline 120\n  tributary job change JOB --budget-bytes 50000000000 --wall-clock none",
    )
    .action(async (id: string, flags: Flags & ChangeFlags) => {
      say(await (await clientFrom(flags)).jobs.change(id, changesOf(flags)), flags);
    });

function say(view: JobView, { json }: Flags): void {
  if (json) printJson(view);
  else print(describe(view));
}

/** @throws TributaryError `training_failed` unless the job completed, so that the exit code is the job's */
function finish(view: JobView, json: boolean | undefined): void {
  if (json) printJson(view);
  else print(describe(view));
  const { id, status, reason } = view;
  if (status === "paused")
    throw new TributaryError("training_failed", `job ${id} is paused: ${reason ?? ""}`, {
      hint: `When that is mended: tributary job resume ${id}`,
    });
  if (isOver(status) && status !== "completed")
    throw new TributaryError(
      "training_failed",
      `job ${id} ${status === "failed" ? `failed: ${reason ?? ""}` : "was cancelled"}`,
      {
        hint: `Look at its rounds: tributary job show ${id}`,
      },
    );
}

function describe(view: JobView): string {
  const { id, name, status, phase, reason, waitingFor, round, spec, accuracy, bestAccuracy, model } = view;
  const { startedAt, finishedAt } = view;
  const took =
    startedAt === null
      ? ""
      : `  ${duration(Date.parse(finishedAt ?? new Date().toISOString()) - Date.parse(startedAt))}`;
  const state = [status, phase, reason].filter((part) => part !== null).join(", ");
  return [
    `${id}  ${name}  ${state}${took}`,
    ...(waitingFor === null ? [] : [describeShortage(waitingFor)]),
    `round ${round}/${spec.rounds}  accuracy ${percent(accuracy)}${bestAccuracy === null ? "" : `  best ${percent(bestAccuracy)}`}`,
    ...(model ? [`model of round ${model.round}  ${model.digest}`] : []),
  ].join("\n");
}
