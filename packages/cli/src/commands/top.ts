import type { TributaryClient } from "@tributary/client";
import type { JobStatus } from "@tributary/federation";
import type { Command } from "commander";
import { federationTables, openJobs } from "../live/federation-lines.js";
import { isInteractive } from "../live/interactive.js";
import { textOf } from "../live/line.js";
import { type ClientFlags, clientFrom } from "../options.js";
import { print, printJson } from "../output/print.js";
import { clientCommand } from "./client-command.js";

type Flags = ClientFlags & { readonly json?: boolean; readonly plain?: boolean };

/** `tributary top`: the whole federation at a glance. */
export const top = (): Command =>
  clientCommand("top", "jobs that are not over and the workers of the federation, live")
    .option("--plain", "print tables once, also on a terminal")
    .addHelpText(
      "after",
      "\nOn a terminal it fills the screen; elsewhere, and with --json, --plain, CI or NO_COLOR, it prints once how things are.\n\nExamples:\n  tributary top\n  tributary top --json",
    )
    .action(async (flags: Flags) => {
      const client = await clientFrom(flags);
      if (isInteractive(flags)) {
        const { watchFederationLive } = await import("../live/watch-federation.js");
        return watchFederationLive(client, { withJobs: true });
      }
      const [jobs, workers] = await Promise.all([jobsNotOver(client), client.workers.list()]);
      if (flags.json) return printJson({ jobs, workers });
      print(
        federationTables({ jobs, workers }, Date.now())
          .map((lines) => lines.map((line) => textOf(line).trimEnd()).join("\n"))
          .join("\n\n"),
      );
    });

async function jobsNotOver(client: TributaryClient) {
  const statuses: readonly JobStatus[] = ["running", "paused", "queued"];
  const lists = await Promise.all(statuses.map((status) => client.jobs.list({ status, limit: 1_000 })));
  return openJobs({ jobs: lists.flat() });
}
