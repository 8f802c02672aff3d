import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { Identity, isMissing, syncFolder, TributaryError } from "@tributary/protocol";

const NAME = "identity.pem";

/**
 * The key that shows the coordinator that this is the worker that it knows: made at the first start, kept in the state folder,
 * readable by this user alone (mode 0600).
 *
 * @throws TributaryError `file_unreadable` (also: cannot be written), `file_invalid` (it is no such key)
 */
export async function openIdentity(folder: string): Promise<Identity> {
  const path = join(folder, NAME);
  const pem = await readPem(path);
  if (pem === undefined) return makeIdentity(folder, path);
  try {
    return Identity.fromPem(pem);
  } catch (cause) {
    throw new TributaryError("file_invalid", `${path} holds no Ed25519 key`, {
      cause,
      hint: "Bring the file back; or delete it, and free the worker's name with `tributary workers remove NAME`.",
    });
  }
}

async function readPem(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new TributaryError("file_unreadable", `cannot read ${path}`, { cause });
  }
}

/** It is durable before the coordinator hears of it: a worker that lost its key would lose its name. */
async function makeIdentity(folder: string, path: string): Promise<Identity> {
  const identity = Identity.make();
  try {
    const file = await open(`${path}.part`, "w", 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(identity.toPem());
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.part`, path);
    await syncFolder(folder);
  } catch (cause) {
    throw new TributaryError("file_unreadable", `cannot write ${path}`, { cause });
  }
  return identity;
}
