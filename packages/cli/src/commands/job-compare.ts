import { timesSmaller } from "@tributary/federation";
import { oneLine } from "@tributary/protocol";
import { type Command, InvalidArgumentError } from "commander";
import { compareJobs, type JobComparison } from "../compare/compare-jobs.js";
import { type ClientFlags, clientFrom } from "../options.js";
import { bytes, duration, percent } from "../output/format.js";
import { print, printJson, printTable } from "../output/print.js";
import { clientCommand } from "./client-command.js";

type Flags = ClientFlags & { readonly json?: boolean; readonly target?: number };

/** Longest value of a setting in a table, characters. */
const LONGEST = 40;

/** `tributary job compare`: jobs side by side, and what was otherwise in their JobSpecs. */
export const jobCompare = (): Command =>
  clientCommand("compare", "jobs side by side: what they came to, and what differs in their JobSpecs")
    .argument("<job>", "the id of the first; the others are compared with it")
    .argument("<others...>", "ids of further ones")
    .option("--target <accuracy>", "also: rounds until the global model has this accuracy, 0 to 1", fraction)
    .addHelpText(
      "after",
      "\nExamples:\n  tributary job compare JOB OTHER\n  tributary job compare JOB OTHER --target 0.95 --json",
    )
    .action(async (first: string, others: readonly string[], { target, ...flags }: Flags) => {
      const client = await clientFrom(flags);
      const ids = [...new Set([first, ...others])];
      const jobs = [];
      // One after the other: a long job takes much memory while it is read.
      for (const id of ids) jobs.push({ job: await client.jobs.get(id), rounds: await client.jobs.rounds(id) });
      const comparison = compareJobs(jobs, target);
      if (flags.json) printJson(comparison);
      else show(comparison);
    });

function fraction(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError("a number from 0 to 1 is wanted.");
  return value;
}

const score = (value: number | null): string => (value === null ? "–" : value.toFixed(4));

function show({ jobs, target, differences }: JobComparison): void {
  const line = (name: string, cell: (job: JobComparison["jobs"][number]) => string) => [name, ...jobs.map(cell)];
  printTable(
    ["", ...jobs.map(({ id }) => id)],
    [
      line("name", ({ name }) => oneLine(name, LONGEST)),
      line("status", ({ status, reason }) => oneLine(reason === null ? status : `${status}, ${reason}`, LONGEST)),
      line("rounds", ({ rounds, lastRound }) => `${rounds}/${lastRound}`),
      line("accuracy", ({ accuracy }) => percent(accuracy.final)),
      line("best accuracy", ({ accuracy }) => percent(accuracy.best)),
      line("loss", ({ loss }) => score(loss.final)),
      line("best loss", ({ loss }) => score(loss.best)),
      ...(target === null ? [] : [line(`rounds to ${percent(target)}`, ({ roundsToTarget: n }) => String(n ?? "–"))]),
      line("wall time", ({ wallTimeMs }) => (wallTimeMs === null ? "–" : duration(wallTimeMs))),
      line("bytes down", ({ bytesDown }) => bytes(bytesDown)),
      line("bytes up", ({ bytesUp }) => bytes(bytesUp)),
      line("updates smaller", ({ sentBytes, updateBytes }) => timesSmaller(sentBytes, updateBytes)),
      line("models smaller", ({ sentModelBytes, modelBytes }) => timesSmaller(sentModelBytes, modelBytes)),
      line("model", ({ digest }) => digest?.slice(0, 12) ?? "–"),
      line("same model", ({ isSameModel }) => (isSameModel === null ? "–" : isSameModel ? "yes" : "no")),
    ],
  );
  print("");
  if (differences.length === 0) print("Their JobSpecs are the same.");
  else
    printTable(
      ["setting", ...jobs.map(({ id }) => id)],
      differences.map(({ field, values }) => [field, ...values.map((value) => oneLine(value, LONGEST))]),
    );
}
