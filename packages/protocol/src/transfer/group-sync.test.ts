import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { GroupSync } from "./group-sync.js";

describe("a group sync", () => {
  it("covers what was written before it was asked for, with few syncs", async () => {
    let written = 0;
    let onDisk = 0;
    let syncs = 0;
    const group = new GroupSync(async () => {
      const covered = written;
      syncs += 1;
      await setTimeout(5);
      onDisk = covered;
    });
    const write = async () => {
      const mine = ++written;
      await group.durable();
      expect(onDisk).toBeGreaterThanOrEqual(mine);
    };
    const first = write();
    await setTimeout(1);
    await Promise.all([first, ...Array.from({ length: 50 }, write)]);
    expect(syncs).toBe(2);
    await group.idle();
  });

  it("tells all of a group of a failure, and goes on", async () => {
    let broken = true;
    const group = new GroupSync(async () => {
      if (broken) throw new Error("disk");
    });
    const both = await Promise.allSettled([group.durable(), group.durable()]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    broken = false;
    await expect(group.durable()).resolves.toBeUndefined();
  });
});
