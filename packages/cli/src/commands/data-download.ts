import { datasetNames, downloadDataset } from "@tributary/data";
import { Argument, Command } from "commander";
import { offering } from "../completion/offered.js";
import { type DownloadFlags, downloadOptions, withDownload } from "../data/download-flags.js";
import { print, printJson } from "../output/print.js";

type Options = DownloadFlags & { readonly json?: boolean };

/** `tributary data download`: a public data set's files, verified. */
export const dataDownload = (): Command =>
  withDownload(
    new Command("download")
      .description("download a public data set's files, and check that they are the right ones")
      .addArgument(offering(new Argument("<name>", datasetNames.join(", ")), datasetNames)),
  )
    .option("--json", "print the files as JSON")
    .addHelpText(
      "after",
      `
Without --data-dir they go to tributary/datasets in XDG_CACHE_HOME or ~/.cache, where the other commands look for them.
For a machine without a way out: download with --data-dir, carry the folder over, and name it there with --data-dir.

Examples:
  tributary data download mnist
  tributary data download fashion-mnist --data-dir datasets`,
    )
    .action(run);

async function run(name: string, { json, ...flags }: Options): Promise<void> {
  const files = await download(name, flags);
  if (json) printJson(files);
  else if (files.length === 0) print(`${name} comes with Tributary`);
  else for (const { path, downloaded } of files) print(`${downloaded ? "downloaded" : "was there"}  ${path}`);
}

async function download(name: string, flags: DownloadFlags) {
  using scope = downloadOptions(flags);
  return await downloadDataset(name, scope.options);
}
