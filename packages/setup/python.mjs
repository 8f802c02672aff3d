import { join } from "node:path";
import { folderSize } from "./files.mjs";
import { findPython } from "./find-python.mjs";
import { cacheFolder } from "./folders.mjs";
import { run } from "./run.mjs";

/** @typedef {import("./report.mjs").Report} Report */

/** Tested with PyTorch 1.13 and later; the file format has not changed since 0.3. */
const SAFETENSORS = "safetensors>=0.4,<1";

/** Ends pip when nothing arrived for so long. */
const STALL_MS = 120_000;

const HINT = "install it (Debian: python3-torch) or set TRIBUTARY_PYTHON to a Python that has it";

/**
 * A Python that has PyTorch, NumPy and safetensors, for the tests that compare with PyTorch: the one that `TRIBUTARY_PYTHON`
 * names, else a virtual environment in the user's cache, around the PyTorch of this machine. Where there is none it is
 * installed from PyPI, except on Linux on x64: there that wheel brings some gigabytes of CUDA.
 *
 * @param {Report} report
 * @returns {Promise<string | undefined>} the command; undefined when the tests have to do without
 */
export async function pythonWithTorch(report) {
  const { python } = await report.step("PyTorch to compare with", async () => {
    const python = await find();
    return { said: python ?? `none on this machine, those tests are skipped; ${HINT}`, python };
  });
  return python;
}

/** @returns {Promise<string | undefined>} */
async function find() {
  const wanted = process.env.TRIBUTARY_PYTHON;
  if (wanted) return (await has(wanted, "torch, numpy, safetensors")) ? wanted : undefined;

  const folder = join(cacheFolder(), "python");
  const python = pythonOf(folder);
  if (await has(python, "torch, numpy, safetensors")) return python;

  const base = await findPythonThatHas("torch, numpy");
  if (base !== undefined) {
    const made = await makeEnvironment(folder, base, ["--system-site-packages"], [SAFETENSORS]);
    return made ? python : undefined;
  }
  const plain = await findPython();
  if (plain === undefined || (process.platform === "linux" && process.arch === "x64")) return undefined;
  const made = await makeEnvironment(folder, plain, [], ["torch", "numpy", SAFETENSORS]);
  return made ? python : undefined;
}

/**
 * @param {string} modules
 * @returns {Promise<string | undefined>}
 */
async function findPythonThatHas(modules) {
  for (const python of ["python3", "python", "/usr/bin/python3"]) if (await has(python, modules)) return python;
  return undefined;
}

/** @param {string} environment */
const pythonOf = (environment) => join(environment, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");

/** @type {(python: string, modules: string) => Promise<boolean>} */
const has = async (python, modules) => (await run(python, ["-c", `import ${modules}`])).ok;

/**
 * @param {string} folder replaced if it is there
 * @param {string} base
 * @param {string[]} options of `python -m venv`
 * @param {string[]} packages
 * @returns {Promise<boolean>} it has the packages
 */
async function makeEnvironment(folder, base, options, packages) {
  if (!(await run(base, ["-m", "venv", "--clear", ...options, folder])).ok) return false;
  const install = ["-m", "pip", "install", "--retries=1", ...packages];
  return (await run(pythonOf(folder), install, { stallMs: STALL_MS, progress: () => folderSize(folder) })).ok;
}
