import { run } from "./run.mjs";

/** @returns {Promise<string | undefined>} a command that runs Python 3 */
export async function findPython() {
  for (const command of ["python3", "python"]) {
    if ((await run(command, ["-c", "import sys; sys.exit(sys.version_info < (3, 8))"])).ok) return command;
  }
  return undefined;
}

/** @returns {Promise<[string, ...string[]] | undefined>} a command that runs pip */
export async function findPip() {
  /** @type {[string, ...string[]][]} */
  const candidates = [["python3", "-m", "pip"], ["python", "-m", "pip"], ["pip3"], ["pip"]];
  for (const [command, ...args] of candidates) {
    if ((await run(command, [...args, "--version"])).ok) return [command, ...args];
  }
  return undefined;
}
