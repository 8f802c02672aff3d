import type { AuditEntry } from "@tributary/federation";
import { lockFolder } from "@tributary/protocol";
import { openStore } from "../store/open-store.js";

export interface StoppedCoordinator {
  readonly dataDir: string;
  readonly databaseUrl?: string | undefined;
}

/**
 * The audit log of a coordinator that does not run.
 *
 * @throws TributaryError `data_folder_in_use`, `database_in_use` (it runs), `store_failed`
 */
export async function* readAudit({ dataDir, databaseUrl }: StoppedCoordinator): AsyncGenerator<AuditEntry> {
  const onLost = () => {};
  const unlock = await lockFolder(dataDir, onLost);
  try {
    const store = await openStore({ folder: dataDir, url: databaseUrl, onLost });
    try {
      yield* store.audit.all();
    } finally {
      await store.close();
    }
  } finally {
    await unlock();
  }
}
