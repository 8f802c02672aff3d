import type { TributaryClient } from "@tributary/client";
import { type AuditEntry, type AuditFault, type AuditHead, AuditVerifier } from "@tributary/federation";
import { useEffect, useState } from "react";

/** Between two looks for new lines, ms. */
const INTERVAL_MS = 5_000;
/** Lines that are kept, the newest: those before are verified all the same. */
const KEPT = 20_000;

export interface AuditFeed {
  /** The newest lines, the oldest of them first. */
  readonly entries: readonly AuditEntry[];
  /** The newest line that follows from all before it. */
  readonly head: AuditHead;
  /** What is wrong with the first bad line. */
  readonly fault: AuditFault | undefined;
  /** Whether all lines that there are were read. */
  readonly isWhole: boolean;
  readonly error: unknown;
}

/** Reads the audit log from its first line on, and computes its hashes again in the browser. */
export function useAudit(client: TributaryClient): AuditFeed {
  const [feed, setFeed] = useState<AuditFeed>(() => ({
    ...{ entries: [], head: new AuditVerifier().head, fault: undefined, isWhole: false, error: undefined },
  }));
  useEffect(() => {
    const verifier = new AuditVerifier();
    let entries: AuditEntry[] = [];
    let fault: AuditFault | undefined;
    let isStopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      try {
        for (;;) {
          const page = await client.audit.list(entries.at(-1)?.seq ?? 0);
          if (isStopped) return;
          for (const entry of page) fault ??= verifier.take(entry);
          entries = [...entries, ...page].slice(-KEPT);
          const isWhole = page.length < 1_000;
          if (page.length > 0 || isWhole) setFeed({ entries, head: verifier.head, fault, isWhole, error: undefined });
          if (isWhole) break;
        }
      } catch (error) {
        if (!isStopped) setFeed((before) => ({ ...before, error }));
      }
      if (!isStopped) timer = setTimeout(read, INTERVAL_MS);
    };
    void read();
    return () => {
      isStopped = true;
      clearTimeout(timer);
    };
  }, [client]);
  return feed;
}
