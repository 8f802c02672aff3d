import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StateFile } from "./state-file.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-state-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** How many files of the folder this process has open. */
async function open(): Promise<number> {
  const files = await readdir("/proc/self/fd");
  const paths = await Promise.all(files.map((file) => readlink(`/proc/self/fd/${file}`).catch(() => "")));
  return paths.filter((path) => path.startsWith(folder)).length;
}

describe.runIf(process.platform === "linux")("a state file", () => {
  const content = [Buffer.from("one")];

  it("is open until the disk has it, which it has after a second", async () => {
    const file = new StateFile(join(folder, "state"));
    await file.write(content);
    expect(await open()).toBe(1);
    await expect.poll(open, { timeout: 5_000 }).toBe(0);
    expect(String(await file.read())).toBe("one");
  });

  it("is closed at once when it is removed or replaced: nobody waits for what nobody wants", async () => {
    const file = new StateFile(join(folder, "state"));
    await file.write(content);
    await file.write([Buffer.from("two")]);
    expect(await open()).toBe(1);
    expect(String(await file.read())).toBe("two");
    await file.remove();
    await expect.poll(open, { interval: 5, timeout: 500 }).toBe(0);
    expect(await file.read()).toBeUndefined();
  });
});
