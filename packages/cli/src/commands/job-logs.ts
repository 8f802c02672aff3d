import type { JobLogLine } from "@tributary/federation";
import { oneLine, TributaryError } from "@tributary/protocol";
import { type Command, Option } from "commander";
import { type ClientFlags, clientFrom } from "../options.js";
import { print, printJson } from "../output/print.js";
import { stopSignal } from "../signals.js";
import { clientCommand } from "./client-command.js";

interface Flags extends ClientFlags {
  readonly json?: boolean;
  readonly follow?: boolean;
  readonly level: JobLogLine["level"];
}

/** `tributary job logs`: what workers tell of a job. */
export const jobLogs = (): Command =>
  clientCommand("logs", "warnings and errors that workers told of a job since the coordinator started")
    .argument("<job>", "its id")
    .option("-f, --follow", "go on with what comes, until the job is over")
    .addOption(new Option("--level <level>", "the least that is shown").choices(["warn", "error"]).default("warn"))
    .addHelpText(
      "after",
      "\nWith --follow and --json each line is a JSON object.\n\nExamples:\n  tributary job logs JOB\n  tributary job logs JOB --follow --level error",
    )
    .action(async (id: string, { follow, level, json, ...flags }: Flags) => {
      const client = await clientFrom(flags);
      const isWanted = (line: JobLogLine) => level === "warn" || line.level === level;
      if (!follow) {
        const lines = (await client.jobs.logs(id)).filter(isWanted);
        return json ? printJson(lines) : lines.forEach((line) => void print(logLine(line)));
      }
      const signal = stopSignal();
      const onConnection = (lost: TributaryError | undefined) => {
        if (lost) process.stderr.write(`${oneLine(lost.message)}; it is tried again\n`);
      };
      try {
        for await (const line of client.watchLogs(id, { signal, onConnection }))
          if (isWanted(line)) print(json ? JSON.stringify(line) : logLine(line));
      } catch (error) {
        // Who follows a log ends it so.
        if (!(error instanceof TributaryError && error.code === "aborted")) throw error;
      }
    });

function logLine({ at, worker, round, level, code, message, omitted }: JobLogLine): string {
  const missing = omitted === 0 ? "" : `  (${omitted} before it left out)`;
  return oneLine(`${at}  ${level.padEnd(5)}  round ${round}  ${worker}  ${code}: ${message}${missing}`);
}
