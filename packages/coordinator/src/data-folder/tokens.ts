import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncFolder, TributaryError } from "@tributary/protocol";

/** What opens the coordinator: `admin` its HTTP API, `join` the socket for workers. */
export interface Tokens {
  readonly admin: string;
  readonly join: string;
}

/**
 * Reads `admin-token` and `join-token` in the data folder. At the first start they are made: 256 random bits each, in
 * files that only the owner can read (mode 0600). A token that is given wins, and is not written.
 *
 * @throws TributaryError `file_unreadable`, `file_invalid` (shorter than 16 characters, or with a space)
 */
export async function openTokens(
  folder: string,
  given: { readonly admin?: string | undefined; readonly join?: string | undefined },
): Promise<Tokens> {
  const open = async (name: "admin" | "join") =>
    check(`the ${name} token`, given[name] ?? (await readOrMake(join(folder, `${name}-token`))));
  return { admin: await open("admin"), join: await open("join") };
}

async function readOrMake(path: string): Promise<string> {
  const made = randomBytes(32).toString("base64url");
  try {
    await writeFile(path, `${made}\n`, { mode: 0o600, flag: "wx", flush: true });
    await syncFolder(dirname(path));
    return made;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST"))
      throw new TributaryError("file_unreadable", `cannot write ${path}`, { cause: error });
  }
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (cause) {
    throw new TributaryError("file_unreadable", `cannot read ${path}`, { cause });
  }
}

function check(what: string, token: string): string {
  if (/^\S{16,512}$/.test(token)) return token;
  throw new TributaryError("file_invalid", `${what} must be 16 to 512 characters without spaces`, {
    hint: "Correct the token, or delete its file: a new one is made at the next start.",
  });
}

/** Compares two secrets in a time that tells nothing about where, or by how much in length, they differ. */
export function sameToken(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
