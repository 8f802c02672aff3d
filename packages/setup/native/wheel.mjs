import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { folderSize, makeFolder } from "../files.mjs";
import { findPip, findPython } from "../find-python.mjs";
import { cacheFolder } from "../folders.mjs";
import { run } from "../run.mjs";
import { SetupError } from "../setup-error.mjs";

/** The version that requirements.txt pins. */
export const TENSORFLOW_VERSION = "2.16.2";

/** What tfjs-node needs of the wheel: the library and the headers of its C API. */
const members = [
  "tensorflow/libtensorflow_cc.so.2",
  "tensorflow/libtensorflow_framework.so.2",
  "tensorflow/include/tensorflow/c/",
  "tensorflow/include/tensorflow/core/platform/",
  "tensorflow/include/tsl/",
  "tensorflow/include/xla/tsl/",
];

/** Ends a download when nothing arrived for so long. */
const STALL_MS = 60_000;

const libraryFolder = () =>
  join(cacheFolder(), "native", `tensorflow-${TENSORFLOW_VERSION}-${process.platform}-${process.arch}`);

/** @returns {boolean} an earlier set-up, perhaps of another clone, left libtensorflow in the user's cache */
export const isLibraryCached = () => existsSync(libraryFolder());

/**
 * Puts libtensorflow into the user's cache, out of TensorFlow's wheel on PyPI, unless it is there. pip does the download, so
 * its configuration (index, proxy, certificates) counts. The wheel is the same whatever Python is found: Python runs nothing
 * of it.
 *
 * @returns {Promise<string>} the folder, with `tensorflow/` as in the wheel
 * @throws {SetupError}
 */
export async function fetchLibrary() {
  const folder = libraryFolder();
  if (existsSync(folder)) return folder;
  if (process.platform !== "linux" || process.arch !== "x64") throw new SetupError("only for Linux on x64");
  const python = await findPython();
  const pip = await findPip();
  if (python === undefined || pip === undefined) throw new SetupError("there is no Python with pip");
  await makeFolder(folder, async (draft) => {
    const downloads = join(draft, "downloads");
    await mkdir(downloads);
    const wheel = await downloadWheel(pip, downloads);
    const unpack = fileURLToPath(new URL("unpack_wheel.py", import.meta.url));
    const { ok } = await run(python, [unpack, wheel, draft, ...members]);
    if (!ok) throw new SetupError("the wheel could not be unpacked; is the disk full?");
    await rm(downloads, { recursive: true });
  });
  return folder;
}

/**
 * @param {readonly [string, ...string[]]} pip
 * @param {string} folder
 * @returns {Promise<string>} the file
 */
async function downloadWheel([pip, ...args], folder) {
  const requirements = fileURLToPath(new URL("requirements.txt", import.meta.url));
  const wheel = ["--no-deps", "--only-binary=:all:", "--python-version=3.11", "--require-hashes", "-r", requirements];
  const { ok, stalled } = await run(
    pip,
    [...args, "download", ...wheel, "--no-cache-dir", "--retries=1", "-d", folder],
    {
      // pip writes to TMPDIR while it downloads.
      env: { ...process.env, TMPDIR: folder },
      stallMs: STALL_MS,
      progress: () => folderSize(folder),
    },
  );
  const name = ok ? (await readdir(folder)).find((file) => file.endsWith(".whl")) : undefined;
  if (name === undefined) throw new SetupError(stalled ? "pip made no progress" : "pip could not download it");
  return join(folder, name);
}
