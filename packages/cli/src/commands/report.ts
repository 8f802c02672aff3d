import type { Command } from "commander";
import { writeWhole } from "../models/save-model.js";
import { type ClientFlags, clientFrom } from "../options.js";
import { bytes } from "../output/format.js";
import { print, printJson } from "../output/print.js";
import { clientCommand } from "./client-command.js";

type Flags = ClientFlags & { readonly json?: boolean; readonly output?: string };

/** `tributary report`: what a job did, as one file for a paper or an auditor. */
export const report = (): Command =>
  clientCommand("report", "write a job's charts, tables, settings and digests into one HTML file")
    .argument("<job>", "its id")
    .option("--output <file>", "where it goes; default: report-JOB.html, and with --json nowhere")
    .addHelpText("after", "\nExamples:\n  tributary report JOB --output report.html\n  tributary report JOB --json")
    .action(async (id: string, { output, json, ...flags }: Flags) => {
      const client = await clientFrom(flags);
      const { collect } = await import("../report/collect.js");
      const { jsonDigest, reportData } = await import("../report/report-data.js");
      const sources = await collect(client, id);
      const data = reportData(sources);
      const digest = jsonDigest(data);
      const file = output ?? (json ? undefined : `report-${data.job.id.replace(/[^\w-]/g, "_")}.html`);
      if (file !== undefined) {
        const [{ reportPage }, { chartSeries }] = await Promise.all([
          import("../report/page.js"),
          import("../report/chart-series.js"),
        ]);
        const page = Buffer.from(reportPage({ digest, data }, chartSeries(sources.job, sources.rounds)));
        await writeWhole(file, page, "the report");
        if (!json) print(`${file}  ${bytes(page.length)}  data ${digest}`);
      }
      if (json) printJson({ digest, data });
    });
