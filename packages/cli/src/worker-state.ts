import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { Option } from "commander";

export const nameOption = (): Option =>
  new Option("--name <name>", "name of this worker, unique in the federation")
    .env("TRIBUTARY_NAME")
    .default(hostname(), "this machine's name");

export const stateDirOption = (): Option =>
  new Option(
    "--state-dir <folder>",
    "folder for its key, its unfinished work, downloaded models and models of its own",
  ).env("TRIBUTARY_STATE_DIR");

/** The state folder of a worker, without one the standard place. Source: the XDG base directory specification. */
export const stateDirOf = (name: string, stateDir: string | undefined): string =>
  stateDir ??
  join(
    process.env.XDG_STATE_HOME ?? join(homedir(), ".local", "state"),
    "tributary",
    "workers",
    encodeURIComponent(name),
  );
