import { z } from "zod";
import { nextSchema } from "../api/page.js";

/** What is written down: who did what, of which job and round. */
export const auditFactSchema = z.object({
  actor: z.string().describe("`coordinator`, `admin`, `stranger`, or `worker:NAME`"),
  action: z.string().describe("`worker.joined`, `round.opened`, `model.sent`, `update.accepted`, `api.request` …"),
  job: z.string().nullable(),
  round: z.int().nullable(),
  details: z.record(z.string(), z.unknown()).describe("Digests, sizes, reasons: what the action is about"),
});

/** A line of the audit log. */
export const auditEntrySchema = auditFactSchema
  .extend({
    seq: z.int().min(1).describe("From 1, without gaps"),
    at: z.iso.datetime(),
    previous: z.string().describe("Hash of the line before; 64 zeros for the first"),
    hash: z.string().describe("SHA-256 of everything else in the line, as JSON of RFC 8785; hexadecimal"),
  })
  .meta({ id: "AuditEntry" });

export const auditListSchema = z
  .object({ entries: z.array(auditEntrySchema), next: nextSchema })
  .meta({ id: "AuditList" });

/** Whoever notes it can later tell whether anything up to this line was changed. */
export const auditHeadSchema = z
  .object({ seq: z.int().min(0).describe("Number of the newest line; 0 when there is none"), hash: z.string() })
  .meta({ id: "AuditHead" });

export type AuditFact = z.output<typeof auditFactSchema>;
export type AuditEntry = z.output<typeof auditEntrySchema>;
export type AuditHead = z.output<typeof auditHeadSchema>;
