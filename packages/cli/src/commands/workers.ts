import type { Command } from "commander";
import { isInteractive } from "../live/interactive.js";
import { type ClientFlags, clientFrom } from "../options.js";
import { bytes, count } from "../output/format.js";
import { print, printJson, printTable } from "../output/print.js";
import { watchWorkers } from "../watch-workers.js";
import { clientCommand } from "./client-command.js";

type Flags = ClientFlags & { readonly json?: boolean };
type ListFlags = Flags & { readonly watch?: boolean; readonly plain?: boolean };

/** `tributary workers`: `tributary worker list` and `worker remove` under a shorter name. */
export const workers = (): Command =>
  listWorkers("workers")
    // Options after `remove` are its own.
    .enablePositionalOptions()
    .addCommand(removeWorker());

/** `tributary worker list`: who is in the federation. */
export const listWorkers = (name: string): Command =>
  clientCommand(name, "the workers of the federation and what they do")
    .option("--watch", "go on with what changes")
    .option("--plain", "with --watch: print lines, also on a terminal")
    .addHelpText(
      "after",
      "\nWith --watch it fills the screen of a terminal; elsewhere, and with --plain, CI or NO_COLOR, it prints a line for each change, and\nwith --json an object for each.\n\nExamples:\n  tributary worker list\n  tributary worker list --watch",
    )
    .action(async ({ watch, ...flags }: ListFlags) => {
      const client = await clientFrom(flags);
      if (watch && isInteractive(flags)) {
        const { watchFederationLive } = await import("../live/watch-federation.js");
        return watchFederationLive(client, { withJobs: false });
      }
      if (watch) return watchWorkers(client, flags);
      const all = await client.workers.list();
      if (flags.json) return printJson(all);
      const rows = all.map((each) => [
        each.name,
        each.role,
        each.state,
        each.dataset,
        count(each.samples),
        `${each.backend} × ${each.threads}`,
        each.memory === null ? "" : bytes(each.memory),
        each.tags?.join(", ") ?? "",
        [count(each.ops.count), ...each.ops.own].join(", "),
        each.lastSeenAt,
      ]);
      printTable(
        ["worker", "role", "state", "data set", "samples", "backend", "memory", "tags", "ops", "last seen"],
        rows,
      );
    });

/** `tributary worker remove`. */
export const removeWorker = (): Command =>
  clientCommand("remove", "forget a worker that is gone for good, and its key: its name is free")
    .argument("<worker>", "its name")
    .addHelpText("after", "\nExample:\n  tributary worker remove alice")
    .action(async (name: string, flags: Flags) => {
      const removed = await (await clientFrom(flags)).workers.remove(name);
      if (flags.json) return printJson(removed);
      print(`worker ${removed.name} is forgotten; the name is free`);
    });
