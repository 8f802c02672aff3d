import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder, TributaryError } from "@tributary/protocol";

/**
 * The secret in a file; where there is none, a new one of 256 random bits is written, for the owner only (mode 0600).
 * @throws TributaryError `file_unreadable`
 */
export async function readOrMakeSecret(path: string): Promise<string> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const made = randomBytes(32).toString("base64url");
    await writeFile(path, `${made}\n`, { mode: 0o600, flag: "wx", flush: true });
    await syncFolder(dirname(path));
    return made;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST"))
      throw new TributaryError("file_unreadable", `the token file ${path} cannot be written`, { cause: error });
  }
  return (await readFile(path, "utf8")).trim();
}
