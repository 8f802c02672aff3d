import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { folderSize, makeFolder, share } from "./files.mjs";

/** @type {string} */
let folder;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-files-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("makeFolder", () => {
  it("shows the folder when it is complete", async () => {
    await makeFolder(join(folder, "a"), (draft) => writeFile(join(draft, "x"), "1"));
    expect(await readdir(folder)).toEqual(["a"]);
  });

  it("leaves nothing when it fails", async () => {
    const failing = makeFolder(join(folder, "a"), async (draft) => {
      await writeFile(join(draft, "x"), "1");
      throw new Error("no space");
    });
    await expect(failing).rejects.toThrow("no space");
    expect(await readdir(folder)).toEqual([]);
  });

  it("keeps what another process made in the meantime", async () => {
    await makeFolder(join(folder, "a"), async (draft) => {
      await writeFile(join(draft, "x"), "ours");
      await mkdir(join(folder, "a"));
      await writeFile(join(folder, "a", "x"), "theirs");
    });
    expect(await readFile(join(folder, "a", "x"), "utf8")).toBe("theirs");
    expect(await readdir(folder)).toEqual(["a"]);
  });
});

it("share replaces a file by the same bytes of another place", async () => {
  await writeFile(join(folder, "from"), "new");
  await mkdir(join(folder, "there"));
  await writeFile(join(folder, "there", "to"), "old");
  await share(join(folder, "from"), join(folder, "there", "to"));
  expect(await readFile(join(folder, "there", "to"), "utf8")).toBe("new");
});

it("folderSize counts all files below, and nothing where there is no folder", async () => {
  await mkdir(join(folder, "a"));
  await writeFile(join(folder, "x"), "12");
  await writeFile(join(folder, "a", "y"), "345");
  expect(folderSize(folder)).toBe(5);
  expect(folderSize(join(folder, "none"))).toBe(0);
});
