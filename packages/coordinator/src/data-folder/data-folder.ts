import { join } from "node:path";
import { BlobFolder, lockFolder, makeFolder, TributaryError } from "@tributary/protocol";
import { openStore } from "../store/open-store.js";
import type { Store } from "../store/store.js";
import { openTokens, type Tokens } from "./tokens.js";

/** Everything that a coordinator keeps on disk, owned by one process at a time. */
export interface DataFolder {
  readonly tokens: Tokens;
  readonly store: Store;
  /** Model versions, and the updates of the round under way. */
  readonly blobs: BlobFolder;
  close(): Promise<void>;
}

export interface DataFolderOptions {
  readonly adminToken?: string | undefined;
  readonly joinToken?: string | undefined;
  /** A database on a PostgreSQL server, instead of the embedded one in the folder. */
  readonly databaseUrl?: string | undefined;
  /** Called when another process took the folder, or the database on a server, over; or the disk failed to sync the embedded one. */
  readonly onLost: (cause: Error) => void;
  /** Calls it off. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a data folder, and makes it when it is not there. On an error nothing stays open and nothing stays locked.
 *
 * @throws TributaryError `file_unreadable`, `file_invalid`, `data_folder_in_use`, `database_in_use`, `store_failed`; the reason of the signal
 */
export async function openDataFolder(folder: string, options: DataFolderOptions): Promise<DataFolder> {
  try {
    await makeFolder(folder, 0o700);
  } catch (cause) {
    throw new TributaryError("file_unreadable", `cannot make the data folder ${folder}`, { cause });
  }
  const unlock = await lockFolder(folder, options.onLost);
  try {
    const tokens = await openTokens(folder, { admin: options.adminToken, join: options.joinToken });
    const blobs = await BlobFolder.open(join(folder, "blobs"));
    options.signal?.throwIfAborted();
    const store = await openStore({ folder, url: options.databaseUrl, onLost: options.onLost, signal: options.signal });
    return {
      tokens,
      store,
      blobs,
      async close() {
        await store.close();
        await unlock();
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}
