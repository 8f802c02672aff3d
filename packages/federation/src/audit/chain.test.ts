import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AuditVerifier, emptyHead, headOf, seal } from "./chain.js";
import type { AuditEntry, AuditFact } from "./entry.js";

const fact = fc.record<AuditFact>({
  actor: fc.constantFrom("coordinator", "admin", "worker:alice"),
  action: fc.constantFrom("update.accepted", "job.pause", "model.sent"),
  job: fc.option(fc.string({ minLength: 1 })),
  round: fc.option(fc.nat()),
  details: fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 2 })),
});

function sealed(facts: readonly AuditFact[]): AuditEntry[] {
  let head = emptyHead;
  return facts.map((each, index) => {
    const entry = seal(each, new Date(1_700_000_000_000 + index), head);
    head = headOf(entry);
    // As it is stored and sent.
    return JSON.parse(JSON.stringify(entry));
  });
}

function faultOf(entries: readonly AuditEntry[]) {
  const verifier = new AuditVerifier();
  for (const entry of entries) {
    const fault = verifier.take(entry);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const logs = fc.array(fact, { minLength: 1, maxLength: 12 }).map(sealed);

describe("an audit log", () => {
  it("is good as it was written, whatever order its fields come in", () => {
    fc.assert(
      fc.property(logs, (log) => {
        expect(faultOf(log)).toBeUndefined();
        const turned = log.map((entry) => Object.fromEntries(Object.entries(entry).reverse()));
        expect(faultOf(turned as AuditEntry[])).toBeUndefined();
      }),
    );
  });

  it("shows any change at its line", () => {
    const change = fc.constantFrom<(entry: AuditEntry) => AuditEntry>(
      (entry) => ({ ...entry, actor: `${entry.actor}!` }),
      (entry) => ({ ...entry, action: `${entry.action}!` }),
      (entry) => ({ ...entry, job: `${entry.job}!` }),
      (entry) => ({ ...entry, round: (entry.round ?? 0) + 1 }),
      (entry) => ({ ...entry, details: { ...entry.details, more: 1 } }),
      (entry) => ({ ...entry, at: new Date(Date.parse(entry.at) + 1).toISOString() }),
      (entry) => ({ ...entry, hash: entry.hash.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) }),
      (entry) => ({ ...entry, previous: entry.previous.replace(/^./, (digit) => (digit === "1" ? "2" : "1")) }),
    );
    fc.assert(
      fc.property(logs, fc.nat(), change, (log, nth, changed) => {
        const at = nth % log.length;
        expect(faultOf(log.map((entry, index) => (index === at ? changed(entry) : entry)))?.seq).toBe(at + 1);
      }),
    );
  });

  it("shows a line that was taken away, added or moved", () => {
    fc.assert(
      fc.property(logs, fact, fc.nat(), (log, other, nth) => {
        const at = nth % log.length;
        if (at < log.length - 1) {
          expect(faultOf(log.filter((_, index) => index !== at))?.seq).toBe(at + 1);
          const moved = [...log];
          moved.splice(at, 2, log[at + 1] as AuditEntry, log[at] as AuditEntry);
          expect(faultOf(moved)?.seq).toBe(at + 1);
        }
        const head = at === 0 ? emptyHead : headOf(log[at - 1] as AuditEntry);
        const added = seal(other, new Date(0), head);
        expect(faultOf([...log.slice(0, at), added, ...log.slice(at)])?.seq).toBe(at + 2);
      }),
    );
  });

  it("that was cut off, or written anew, lacks the line that somebody noted", () => {
    fc.assert(
      fc.property(logs, (log) => {
        const last = log.at(-1) as AuditEntry;
        const check = (entries: readonly AuditEntry[]) => {
          const verifier = new AuditVerifier();
          for (const entry of entries) verifier.take(entry);
          return verifier.checkNoted(
            headOf(last),
            entries.find(({ seq }) => seq === last.seq),
          );
        };
        expect(check(log)).toBeUndefined();
        expect(check(log.slice(0, -1))?.seq).toBe(last.seq);
        const anew = sealed(log.map((entry) => ({ ...entry, actor: "somebody else" })));
        expect(faultOf(anew)).toBeUndefined();
        expect(check(anew)?.seq).toBe(last.seq);
      }),
    );
  });
});
