import { type AuditEntry, emptyHead, headOf, seal } from "@tributary/federation";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type AuditFeed, AuditReader } from "./audit-reader.js";

/** A log that can be asked, and counts how often it was. */
class Log {
  readonly lines: AuditEntry[] = [];
  asked = 0;
  isAway = false;

  write(count: number): number {
    for (let more = 0; more < count; more++) {
      const last = this.lines.at(-1);
      const fact = { actor: "admin", action: "api.request", job: null, round: null, details: {} };
      this.lines.push(seal(fact, new Date(), last === undefined ? emptyHead : headOf(last)));
    }
    return this.lines.length;
  }

  readonly audit = {
    list: async (after = 0): Promise<AuditEntry[]> => {
      this.asked += 1;
      if (this.isAway) throw new Error("away");
      return this.lines.slice(after, after + 1_000);
    },
  };
}

let log: Log;
let feed: AuditFeed | undefined;
let reader: AuditReader;
beforeEach(() => {
  vi.useFakeTimers();
  log = new Log();
  reader = new AuditReader(log, (shown) => {
    feed = shown;
  });
});
afterEach(() => {
  reader.stop();
  vi.useRealTimers();
});
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("the reader of the audit log", () => {
  it("reads all lines page by page, and then nothing until it is told of new ones", async () => {
    log.write(1_001);
    reader.readTo(0);
    await pass(60_000);
    expect(log.asked).toBe(2);
    expect(feed).toMatchObject({ isWhole: true, fault: undefined, head: { seq: 1_001 } });
    reader.readTo(1_001);
    await pass(60_000);
    expect(log.asked).toBe(2);
    reader.readTo(log.write(1));
    await pass(0);
    expect(feed?.head.seq).toBe(1_002);
  });

  it("reads at a pace, however often it is told, and to the last line", async () => {
    for (let time = 0; time < 3_000; time += 10) {
      reader.readTo(log.write(1));
      await pass(10);
    }
    expect(log.asked).toBeLessThanOrEqual(4);
    await pass(1_000);
    expect(feed?.head.seq).toBe(300);
  });

  it("goes on after a failure when it is told again", async () => {
    log.write(3);
    log.isAway = true;
    reader.readTo(3);
    await pass(60_000);
    expect(log.asked).toBe(1);
    expect(feed?.error).toBeInstanceOf(Error);
    log.isAway = false;
    reader.readTo(3);
    await pass(0);
    expect(feed).toMatchObject({ error: undefined, isWhole: true, head: { seq: 3 } });
  });
});
