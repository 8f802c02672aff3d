import { restore as readBackup } from "@tributary/coordinator";
import { Command } from "commander";
import { databaseUrlOption, dataDirOption } from "../options.js";
import { print, printJson } from "../output/print.js";

interface Options {
  readonly dataDir: string;
  readonly databaseUrl?: string;
  readonly json?: boolean;
}

/** `tributary restore`: a new data folder, and its database, of a backup. */
export const restore = (): Command =>
  new Command("restore")
    .description("make a new data folder of a backup, whose every digest is verified first")
    .argument("<file>", "what `tributary backup` wrote")
    .addOption(dataDirOption())
    .addOption(databaseUrlOption())
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nThe folder, and the database if one is named, must be empty. A backup of either kind of database goes into either." +
        "\n\nExample:\n  tributary restore federation.tar --data-dir .tributary/coordinator",
    )
    .action(async (file: string, { dataDir, databaseUrl, json }: Options) => {
      const { createdAt, software } = await readBackup({ file, dataDir, databaseUrl });
      if (json) printJson({ dataDir, createdAt, software });
      else print(`${dataDir}: restored as it was on ${createdAt}, by version ${software}`);
    });
