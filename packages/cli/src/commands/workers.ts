import type { Command } from "commander";
import { type ClientFlags, clientFrom } from "../options.js";
import { count } from "../output/format.js";
import { printJson, printTable } from "../output/print.js";
import { clientCommand } from "./job.js";

/** `tributary workers`: who is in the federation. */
export const workers = (): Command =>
  clientCommand("workers", "the workers of the federation and what they do").action(
    async (flags: ClientFlags & { json?: boolean }) => {
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
    },
  );
