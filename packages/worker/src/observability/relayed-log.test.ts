import { setTimeout } from "node:timers/promises";
import type { v1 } from "@tributary/protocol";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { RelayedLog } from "./relayed-log.js";

const log = pino({ level: "silent" });
const facts = {
  job: "j",
  round: 2,
  code: "store_failed",
  reason: "the disk\n is\u001b[2J full",
  err: new Error("/secret"),
};

describe("a worker's log that is relayed", () => {
  it("tells what happened in one printable line, without the cause", () => {
    const sent: v1.LogLine.$Properties[] = [];
    new RelayedLog(log, async (line) => sent.push(line)).warn(facts, "it is tried again");
    expect(sent).toEqual([
      {
        ...{ level: "warn", code: "store_failed", job: "j", round: 2, omitted: 0 },
        message: "it is tried again: the disk  is [2J full",
      },
    ]);
    expect(JSON.stringify(sent)).not.toContain("secret");
  });

  it("leaves out what comes too fast or can't be sent, and tells how much that was", async () => {
    const sent: v1.LogLine.$Properties[] = [];
    let isBroken = true;
    const relayed = new RelayedLog(log, async (line) => {
      if (isBroken) throw new Error("no connection");
      sent.push(line);
    });
    for (let count = 0; count < 3; count++) relayed.error(facts, "ended");
    await setTimeout(1);
    isBroken = false;
    for (let count = 0; count < 100; count++) relayed.error({ ...facts, reason: "x".repeat(10_000) }, "ended");
    expect(sent).toHaveLength(7);
    expect(sent[0]).toMatchObject({ level: "error", omitted: 3 });
    for (const { message } of sent) expect(message?.length).toBeLessThanOrEqual(300);
  });
});
