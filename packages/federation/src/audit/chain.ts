import { digestOf, hex } from "@tributary/protocol";
import { canonicalize } from "json-canonicalize";
import type { AuditEntry, AuditFact, AuditHead } from "./entry.js";

/** Before the first line. */
export const emptyHead: AuditHead = { seq: 0, hash: "0".repeat(64) };

/** The line that a fact becomes, after `head`. */
export function seal(fact: AuditFact, at: Date, head: AuditHead): AuditEntry {
  const { actor, action, job, round, details } = fact;
  const content = { actor, action, job, round, details, seq: head.seq + 1, at: at.toISOString(), previous: head.hash };
  return { ...content, hash: hashOf(content) };
}

/** SHA-256 of a line's content in the one JSON form that RFC 8785 gives it: the same for whoever reads it. */
function hashOf(content: Omit<AuditEntry, "hash">): string {
  // As it is read back: what JSON has no word for is not in the line.
  const text = canonicalize(JSON.parse(JSON.stringify(content)));
  return hex(digestOf(new TextEncoder().encode(text)));
}

export const headOf = ({ seq, hash }: AuditEntry): AuditHead => ({ seq, hash });

/** What is wrong with the first bad line of a log. */
export interface AuditFault {
  readonly seq: number;
  readonly reason: string;
}

/** Goes through a log line by line, from its first one on, and finds any change: of content, order, number. */
export class AuditVerifier {
  #head = emptyHead;

  /** The newest line that was good. */
  get head(): AuditHead {
    return this.#head;
  }

  /** @returns what is wrong with the line; undefined when nothing is */
  take(entry: AuditEntry): AuditFault | undefined {
    const { seq, hash, ...rest } = entry;
    const expected = this.#head.seq + 1;
    if (seq !== expected) return { seq: expected, reason: `line ${expected} is missing: line ${seq} follows` };
    if (rest.previous !== this.#head.hash) return { seq, reason: "it does not follow from the line before" };
    const { actor, action, job, round, details, at, previous } = rest;
    if (hashOf({ actor, action, job, round, details, seq, at, previous }) !== hash)
      return { seq, reason: "its content is not what was written" };
    this.#head = { seq, hash };
    return undefined;
  }

  /** Whether the log still has the line that somebody noted, as it was. Call it after the last line. */
  checkNoted(noted: AuditHead, seen: AuditHead | undefined): AuditFault | undefined {
    if (noted.seq > this.#head.seq) return { seq: this.#head.seq + 1, reason: `the log ends before line ${noted.seq}` };
    if (seen?.hash !== noted.hash) return { seq: noted.seq, reason: "it is another line than the one that was noted" };
    return undefined;
  }
}
