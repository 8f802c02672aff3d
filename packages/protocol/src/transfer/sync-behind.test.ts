import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { SyncBehind } from "./sync-behind.js";

const MIB = 1024 * 1024;

describe("syncing while more is written", () => {
  it("lets the writer no further ahead of the disk than 4 MiB", async () => {
    let written = 0;
    let onDisk = 0;
    const behind = new SyncBehind(async () => {
      const covered = written;
      await setTimeout(3);
      onDisk = covered;
    });
    let most = 0;
    for (let piece = 0; piece < 40; piece++) {
      written += MIB / 2;
      await behind.wrote(MIB / 2);
      most = Math.max(most, written - onDisk);
    }
    expect(most).toBeGreaterThan(MIB);
    expect(most).toBeLessThanOrEqual(4 * MIB);
    await behind.settled();
    expect(onDisk).toBe(written);
  });

  it("does not sync what is small", async () => {
    let syncs = 0;
    const behind = new SyncBehind(async () => void syncs++);
    await behind.wrote(MIB);
    await behind.settled();
    expect(syncs).toBe(0);
  });

  it("tells the writer of a failure, at the next step or at the end", async () => {
    const failing = () => new SyncBehind(async () => Promise.reject(new Error("disk")));
    const [first, second] = [failing(), failing()];
    await first.wrote(2 * MIB);
    await expect(first.wrote(2 * MIB)).rejects.toThrow("disk");
    await second.wrote(2 * MIB);
    await expect(second.settled()).rejects.toThrow("disk");
  });
});
