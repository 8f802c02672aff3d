import { access, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { TributaryError } from "@tributary/protocol";
import { type DownloadOptions, downloadFile, type OfficialFile } from "../download/download-file.js";
import { readVerified } from "../files/verified-file.js";

/** Where the files of public data sets are, and how they come there. */
export interface DatasetOptions extends DownloadOptions {
  /** Folder in which the files lie already, or a folder of the data set's name in it. Nothing is downloaded then. */
  readonly dataDir?: string;
  /** Folder for downloads, one in it for each data set. Default: tributary/datasets in XDG_CACHE_HOME, or in ~/.cache. */
  readonly cacheDir?: string;
  /** Address of a folder that has the same files as the origin. */
  readonly mirror?: string;
}

/** Source: the XDG base directory specification, which has relative paths ignored. */
export function defaultCacheDir(): string {
  const given = process.env.XDG_CACHE_HOME;
  return join(given && isAbsolute(given) ? given : join(homedir(), ".cache"), "tributary", "datasets");
}

/** The folder of a data set's files: the one that was given, the one of its name in that, or the one in the cache. */
export async function folderOf(dataset: string, { dataDir, cacheDir }: DatasetOptions): Promise<string> {
  if (dataDir === undefined) return join(cacheDir ?? defaultCacheDir(), dataset);
  const named = join(dataDir, dataset);
  const isFolder = await stat(named).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  return isFolder ? named : dataDir;
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * Reads an official file, after downloading it where it is not there yet and no folder was named to take it from.
 * @throws TributaryError `file_unreadable`, `file_invalid`, what `downloadFile` throws
 */
export async function readOfficial(
  dataset: string,
  file: OfficialFile,
  options: DatasetOptions,
): Promise<{ readonly path: string; readonly bytes: Uint8Array }> {
  const path = join(await folderOf(dataset, options), file.name);
  if (!(await exists(path))) {
    if (options.dataDir !== undefined) throw missing(path, file);
    await downloadFile(at(file, options.mirror), path, options);
  }
  return { path, bytes: await readVerified(path, file) };
}

export const missing = (path: string, { url, sha256 }: OfficialFile) =>
  new TributaryError("file_unreadable", `${path} is not there`, {
    hint: `Bring it from ${url} (SHA-256 ${sha256}), or leave out --data-dir to have it downloaded.`,
  });

/**
 * Sees to it that a data set's files are in its folder, and the right ones; a wrong one is replaced.
 * @returns for each file its path, and whether it had to be downloaded
 * @throws TributaryError what `downloadFile` throws
 */
export async function downloadOfficial(
  dataset: string,
  files: readonly OfficialFile[],
  { dataDir, ...options }: DatasetOptions,
): Promise<{ readonly path: string; readonly downloaded: boolean }[]> {
  const folder = join(dataDir ?? options.cacheDir ?? defaultCacheDir(), dataset);
  const results: { readonly path: string; readonly downloaded: boolean }[] = [];
  for (const file of files) {
    const path = join(folder, file.name);
    const right = await readVerified(path, file).then(
      () => true,
      () => false,
    );
    if (!right) await downloadFile(at(file, options.mirror), path, options);
    results.push({ path, downloaded: !right });
  }
  return results;
}

/** The same file in another place. @throws TributaryError `invalid_request` when that is no address */
function at(file: OfficialFile, mirror: string | undefined): OfficialFile {
  if (mirror === undefined) return file;
  if (!URL.canParse(mirror) || !/^https?:$/.test(new URL(mirror).protocol))
    throw new TributaryError("invalid_request", `"${mirror.slice(0, 100)}" is no address of a mirror`, {
      hint: "Give one like https://mirror.example/fashion-mnist/.",
    });
  return { ...file, url: new URL(file.name, mirror.endsWith("/") ? mirror : `${mirror}/`).href };
}
