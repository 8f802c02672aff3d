import type { Command } from "commander";
import { type ClientFlags, clientFrom } from "../options.js";
import { count } from "../output/format.js";
import { print, printJson, printTable } from "../output/print.js";
import { clientCommand } from "./client-command.js";

type Flags = ClientFlags & { readonly json?: boolean };

/** `tributary workers`: who is in the federation. */
export const workers = (): Command =>
  clientCommand("workers", "the workers of the federation and what they do")
    // Options after `remove` are its own.
    .enablePositionalOptions()
    .addCommand(remove())
    .action(async (flags: Flags) => {
      const all = await (await clientFrom(flags)).workers.list();
      if (flags.json) return printJson(all);
      const rows = all.map((each) => [
        each.name,
        each.role,
        each.state,
        each.dataset,
        count(each.samples),
        `${each.backend} × ${each.threads}`,
        [count(each.ops.count), ...each.ops.own].join(", "),
        each.lastSeenAt,
      ]);
      printTable(["worker", "role", "state", "data set", "samples", "backend", "ops", "last seen"], rows);
    });

const remove = (): Command =>
  clientCommand("remove", "forget a worker that is gone for good, and its key: its name is free")
    .argument("<name>", "its name")
    .action(async (name: string, flags: Flags) => {
      const removed = await (await clientFrom(flags)).workers.remove(name);
      if (flags.json) return printJson(removed);
      print(`worker ${removed.name} is forgotten; the name is free`);
    });
