import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder, TributaryError } from "@tributary/protocol";

/** 256 random bits as a token. */
const newToken = (): string => randomBytes(32).toString("base64url");

/** 256 random bits as Standard Webhooks writes a secret. */
export const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString("base64")}`;

/**
 * The secret in a file; where there is none, a new one is written, for the owner only (mode 0600).
 * @param make default: a token
 * @throws TributaryError `file_unreadable`
 */
export async function readOrMakeSecret(path: string, make: () => string = newToken): Promise<string> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const made = make();
    await writeFile(path, `${made}\n`, { mode: 0o600, flag: "wx", flush: true });
    await syncFolder(dirname(path));
    return made;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST"))
      throw new TributaryError("file_unreadable", `the file ${path} cannot be written`, { cause: error });
  }
  return (await readFile(path, "utf8")).trim();
}
