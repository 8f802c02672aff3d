import { backup as writeBackup } from "@tributary/coordinator";
import { Command } from "commander";
import { databaseUrlOption, dataDirOption } from "../options.js";
import { print, printJson } from "../output/print.js";

interface Options {
  readonly dataDir: string;
  readonly databaseUrl?: string;
  readonly json?: boolean;
}

/** `tributary backup`: everything that a stopped coordinator keeps, in one file. */
export const backup = (): Command =>
  new Command("backup")
    .description("write everything that a stopped coordinator keeps into one file: jobs, models, tokens")
    .argument("<file>", "the backup, a tar; keep it as secret as the tokens that it holds")
    .addOption(dataDirOption())
    .addOption(databaseUrlOption())
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  tributary backup federation.tar --data-dir .tributary/coordinator")
    .action(async (file: string, { dataDir, databaseUrl, json }: Options) => {
      const { files, bytes } = await writeBackup({ file, dataDir, databaseUrl });
      if (json) printJson({ file, files, bytes });
      else print(`${file}: the tables, and ${files} files of ${(bytes / 2 ** 20).toFixed(1)} MiB`);
    });
