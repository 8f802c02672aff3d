import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ImageSet } from "../image-set.js";
import { partitionDataset } from "../partition/partition-dataset.js";
import { openShard } from "./open-shard.js";
import { writeShard } from "./write-shard.js";

const set: ImageSet = {
  name: "tiny",
  count: 3,
  shape: [2, 2, 2],
  classes: 3,
  images: Uint8Array.from({ length: 24 }, (_, index) => index * 10),
  labels: Uint8Array.of(0, 2, 2),
  normalisation: { mean: [0, 0.5], deviation: [1, 0.25] },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-shard-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a shard on disk", () => {
  const editManifest = async (path: string, change: (manifest: Record<string, unknown>) => void) => {
    const manifest = JSON.parse(await readFile(join(path, "manifest.json"), "utf8"));
    change(manifest);
    await writeFile(join(path, "manifest.json"), JSON.stringify(manifest));
  };

  it("is read as it was written", async () => {
    const manifest = await writeShard(join(folder, "alice"), "alice", set);
    expect(manifest).toMatchObject({ name: "alice", dataset: "tiny", samples: 3, labelCounts: [1, 0, 2] });
    expect(await openShard(join(folder, "alice"))).toEqual({
      ...set,
      images: Buffer.from(set.images),
      labels: Buffer.from(set.labels),
      manifest,
    });
  });

  it("is the same bytes each time, and replaces an older one", async () => {
    const path = join(folder, "alice");
    await writeShard(path, "alice", set);
    const first = await readFile(join(path, "manifest.json"));
    await writeShard(path, "alice", set);
    expect(await readFile(join(path, "manifest.json"))).toEqual(first);
  });

  it("does not take the place of a folder that holds something else", async () => {
    await writeFile(join(folder, "thesis.tex"), "years of work");
    await expect(writeShard(folder, "alice", set)).rejects.toEqual(
      expect.objectContaining({ code: "file_unreadable" }),
    );
    expect(await readFile(join(folder, "thesis.tex"), "utf8")).toBe("years of work");
  });

  it("is missing where there is none", async () => {
    await expect(openShard(join(folder, "nobody"))).rejects.toEqual(expect.objectContaining({ code: "shard_missing" }));
    await mkdir(join(folder, "empty"));
    await expect(openShard(join(folder, "empty"))).rejects.toEqual(expect.objectContaining({ code: "shard_missing" }));
  });

  it.each<[string, (path: string) => Promise<void>]>([
    ["its manifest is no JSON", (path) => writeFile(join(path, "manifest.json"), "{")],
    [
      "its manifest lacks a field",
      (path) => editManifest(path, (manifest) => Reflect.deleteProperty(manifest, "samples")),
    ],
    ["its images are cut off", (path) => truncate(join(path, "images-idx4-ubyte.gz"), 20)],
    ["its images were exchanged", (path) => writeFile(join(path, "images-idx4-ubyte.gz"), "something else")],
    ["its labels are gone", (path) => rm(join(path, "labels-idx1-ubyte.gz"))],
    ["it claims other counts", (path) => editManifest(path, (manifest) => Object.assign(manifest, { samples: 4 }))],
    ["it claims fewer classes", (path) => editManifest(path, (manifest) => Object.assign(manifest, { classes: 2 }))],
    [
      "a file name leads out of it",
      (path) =>
        editManifest(path, (manifest) =>
          Object.assign(manifest.files as object, {
            images: { name: "../bob/images-idx4-ubyte.gz", bytes: 1, sha256: "0".repeat(64) },
          }),
        ),
    ],
  ])("is refused when %s", async (_, damage) => {
    const path = join(folder, "alice");
    await writeShard(path, "alice", set);
    await damage(path);
    await expect(openShard(path)).rejects.toEqual(expect.objectContaining({ code: "shard_invalid" }));
  });
});

describe("dealing out a data set", () => {
  it("writes a folder a shard", async () => {
    const spec = { kind: "iid", shards: 3 } as const;
    const request = { dataset: "mnist", split: "test", spec, seed: 1, out: folder, names: ["a", "b", "c"] } as const;
    const manifests = await partitionDataset(request);
    expect(manifests.map(({ samples }) => samples)).toEqual([3333, 3333, 3334]);
    expect((await openShard(join(folder, "b"))).count).toBe(3333);
  });

  it.each([[["a"]], [["a", "a", "b"]], [["a", "../b", "c"]]])("refuses the names %j", async (names) => {
    const request = {
      dataset: "mnist",
      split: "test",
      spec: { kind: "iid", shards: 3 },
      seed: 1,
      out: folder,
      names,
    } as const;
    await expect(partitionDataset(request)).rejects.toEqual(expect.objectContaining({ code: "invalid_request" }));
  });

  it("refuses an unknown data set", async () => {
    const request = {
      dataset: "mnits",
      split: "test",
      spec: { kind: "iid", shards: 1 },
      seed: 1,
      out: folder,
    } as const;
    await expect(partitionDataset(request)).rejects.toEqual(expect.objectContaining({ code: "unknown_dataset" }));
  });
});
