import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readBounded, readVerified, sha256 } from "./verified-file.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-file-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a file that is read", () => {
  const content = Uint8Array.of(1, 2, 3);
  const refused = (code: string) => expect.objectContaining({ code, message: expect.stringContaining(folder) });

  it("has the size and the digest that are known of it", async () => {
    const path = join(folder, "x");
    await writeFile(path, content);
    expect(await readVerified(path, { bytes: 3, sha256: sha256(content) })).toEqual(content);
    for (const expected of [
      { bytes: 3, sha256: sha256(Uint8Array.of(1, 2, 4)) },
      { bytes: 4, sha256: sha256(content) },
      { bytes: 2, sha256: sha256(content) },
    ])
      await expect(readVerified(path, expected)).rejects.toEqual(refused("file_invalid"));
  });

  it("is there, and is no folder", async () => {
    await expect(readBounded(join(folder, "nothing"), 10)).rejects.toEqual(refused("file_unreadable"));
    await expect(readBounded(folder, 10_000)).rejects.toEqual(refused("file_invalid"));
  });

  it.skipIf(process.platform === "win32")("is no device, which would never end", async () => {
    await expect(readBounded("/dev/zero", 10)).rejects.toEqual(expect.objectContaining({ code: "file_invalid" }));
  });
});
