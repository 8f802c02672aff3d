import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir, platform, release } from "node:os";
import { resolve } from "node:path";
import { datasetNames } from "@tributary/data";
import { backendNames, backendReport } from "@tributary/engine";
import { modelNames } from "@tributary/nn";
import { software } from "@tributary/worker";
import { Command, Option } from "commander";
import pc from "picocolors";
import { wholeNumber } from "../options.js";
import { print, printJson } from "../output/print.js";

interface Check {
  readonly name: string;
  readonly works: boolean;
  readonly note: string;
}

/** `tributary doctor`: what works on this machine, and why the rest does not. Exit code 1 when nothing can train. */
export const doctor = (): Command =>
  new Command("doctor")
    .description("say what works on this machine, and why the rest does not")
    .addOption(
      new Option("--port <n>", "port that a coordinator would take")
        .env("TRIBUTARY_PORT")
        .default(7300)
        .argParser(wholeNumber(0, 65_535)),
    )
    .addOption(
      new Option("--data-dir <path>", "folder that a coordinator would use")
        .env("TRIBUTARY_DATA_DIR")
        .default(".tributary/coordinator"),
    )
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n  tributary doctor\n  tributary doctor --port 7301 --json")
    .action(async ({ port, dataDir, json }: { port: number; dataDir: string; json?: boolean }) => {
      const backends = await backendChecks();
      const checks: Check[] = [
        { name: "tributary", works: true, note: software },
        { name: "node", works: true, note: `${process.versions.node} on ${platform()} ${release()}, ${process.arch}` },
        ...backends,
        await portCheck(port),
        await folderCheck("data folder", resolve(dataDir)),
        await folderCheck("home", homedir()),
        { name: "models", works: true, note: modelNames.join(", ") },
        { name: "data sets", works: true, note: datasetNames.join(", ") },
      ];
      if (json) printJson(checks);
      else
        for (const { name, works, note } of checks)
          print(`${works ? pc.green("ok ") : pc.red("no ")} ${name.padEnd(12)} ${note}`);
      if (!backends.some(({ works }) => works)) process.exitCode = 1;
    });

async function backendChecks(): Promise<Check[]> {
  const report = await backendReport();
  return backendNames.map((name) => {
    const state = report[name];
    return {
      name,
      works: state.works,
      note: state.works ? state.version : `${state.reason}; \`TRIBUTARY_BACKEND=native npm start\` says how to get it`,
    };
  });
}

const portCheck = (port: number): Promise<Check> =>
  new Promise((settle) => {
    const server = createServer();
    server.once("error", () =>
      settle({ name: "port", works: false, note: `${port} is in use; choose another with --port` }),
    );
    server.listen(port, "127.0.0.1", () =>
      server.close(() => settle({ name: "port", works: true, note: `${port} is free` })),
    );
  });

async function folderCheck(name: string, path: string): Promise<Check> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
    return { name, works: true, note: path };
  } catch {
    return { name, works: false, note: `${path} can't be written` };
  }
}
