import type { TributaryClient } from "@tributary/client";
import { useEffect, useRef, useState } from "react";
import { type AuditFeed, AuditReader, nothingRead } from "./audit-reader.js";
import type { Federation } from "./federation-feed.js";

/** The audit log, checked in the browser. It is read again when the stream of the federation tells of new lines. */
export function useAudit(client: TributaryClient, { auditSeq, connection }: Federation): AuditFeed {
  const [feed, setFeed] = useState(nothingRead);
  const reader = useRef<AuditReader>(undefined);
  useEffect(() => {
    const opened = new AuditReader(client, setFeed);
    reader.current = opened;
    setFeed(nothingRead);
    opened.readTo(0);
    return () => opened.stop();
  }, [client]);
  const { state } = connection;
  useEffect(() => {
    // Also when the coordinator is back: what could not be read is read then.
    if (auditSeq !== undefined && state === "live") reader.current?.readTo(auditSeq);
  }, [auditSeq, state]);
  return feed;
}
