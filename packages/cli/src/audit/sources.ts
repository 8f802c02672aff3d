import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { TributaryClient } from "@tributary/client";
import { type AuditEntry, auditEntrySchema } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";

/** The log of a coordinator that runs, page by page. */
export async function* fromCoordinator(client: TributaryClient): AsyncGenerator<AuditEntry> {
  for (let after = 0; ; ) {
    const page = await client.audit.list(after);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.seq;
  }
}

/** An exported log: a line of JSON each. @throws TributaryError `file_unreadable`, `file_invalid` naming the line */
export async function* fromFile(path: string): AsyncGenerator<AuditEntry> {
  const stream = createReadStream(path, "utf8");
  let number = 0;
  try {
    for await (const line of createInterface({ input: stream })) {
      number += 1;
      yield parse(line, `${path}, line ${number}`);
    }
  } catch (cause) {
    if (cause instanceof TributaryError) throw cause;
    throw new TributaryError("file_unreadable", `${path} cannot be read`, { cause });
  }
}

function parse(line: string, place: string): AuditEntry {
  try {
    return auditEntrySchema.parse(JSON.parse(line));
  } catch (cause) {
    throw new TributaryError("file_invalid", `${place} is no line of an audit log`, { cause });
  }
}
