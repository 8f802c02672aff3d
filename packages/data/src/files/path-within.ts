import { realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { TributaryError } from "@tributary/protocol";

/**
 * Where a file of a folder really lies. Links inside of the folder are followed, those that lead out of it are not.
 * @throws TributaryError `file_unreadable`, `file_invalid` naming the file
 */
export async function pathWithin(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  let root: string;
  let real: string;
  try {
    [root, real] = await Promise.all([realpath(folder), realpath(path)]);
  } catch (cause) {
    throw new TributaryError("file_unreadable", `${path} cannot be read`, { cause });
  }
  if (!real.startsWith(root.endsWith(sep) ? root : root + sep))
    throw new TributaryError("file_invalid", `${path} leads out of its folder`);
  return real;
}
