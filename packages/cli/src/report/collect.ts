import type { TributaryClient } from "@tributary/client";
import { AuditVerifier } from "@tributary/federation";
import { PROTOCOL_VERSION } from "@tributary/protocol";
import { fromCoordinator } from "../audit/sources.js";
import type { AuditState, ReportSources } from "./report-data.js";

/** Asks a coordinator for all that a report says of a job, and goes through its whole audit log. @throws TributaryError `not_found` */
export async function collect(client: TributaryClient, id: string): Promise<ReportSources> {
  const job = await client.jobs.get(id);
  const [health, versions, workers] = await Promise.all([
    client.health(),
    client.models.list(id),
    client.workers.list(),
  ]);
  const rounds = await client.jobs.rounds(id);
  const audit = await auditState(client, id);
  const software = { coordinator: health.software, protocol: PROTOCOL_VERSION };
  return { at: new Date(), software, job, rounds, versions, workers, audit };
}

async function auditState(client: TributaryClient, job: string): Promise<AuditState> {
  const verifier = new AuditVerifier();
  let linesOfJob = 0;
  for await (const entry of fromCoordinator(client)) {
    const fault = verifier.take(entry);
    if (fault !== undefined) {
      const { seq: line, reason } = fault;
      return { isVerified: false, fault: { line, reason }, head: verifier.head, linesOfJob };
    }
    if (entry.job === job) linesOfJob += 1;
  }
  return { isVerified: true, fault: null, head: verifier.head, linesOfJob };
}
