import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Dataset, subset } from "../dataset.js";
import { mnist } from "../datasets/mnist.js";
import { sha256 } from "../files/verified-file.js";
import { partition } from "../partition/partition.js";
import { partitionDataset } from "../partition/partition-dataset.js";
import { openShard } from "./open-shard.js";
import { writeShard } from "./write-shard.js";

const set: Dataset = {
  name: "tiny",
  count: 3,
  shape: [2, 2, 2],
  classes: 3,
  values: Uint8Array.from({ length: 24 }, (_, index) => index * 10),
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

  const refusesToReplace = (path: string) =>
    expect(writeShard(path, "alice", set)).rejects.toEqual(expect.objectContaining({ code: "file_unreadable" }));

  it("is read as it was written", async () => {
    const manifest = await writeShard(join(folder, "alice"), "alice", set);
    expect(manifest).toMatchObject({ name: "alice", dataset: "tiny", samples: 3, labelCounts: [1, 0, 2] });
    expect(await openShard(join(folder, "alice"))).toEqual({
      ...set,
      values: Buffer.from(set.values),
      labels: Buffer.from(set.labels),
      manifest,
    });
  });

  it("holds float32 features, many labels and their names just as well", async () => {
    const table: Dataset = {
      name: "table",
      count: 3,
      shape: [2],
      classes: 300,
      classNames: Array.from({ length: 300 }, (_, label) => `class ${label}`),
      values: Float32Array.of(0.1, -2, 3e38, 1e-30, 0, 7),
      labels: Int32Array.of(299, 0, 256),
      normalisation: { mean: [0, 1], deviation: [1, 2] },
    };
    const manifest = await writeShard(join(folder, "alice"), "alice", table);
    expect(Object.values(manifest.files).map(({ name }) => name)).toEqual([
      "samples-idx2-float.gz",
      "labels-idx1-int.gz",
    ]);
    expect(await openShard(join(folder, "alice"))).toEqual({ ...table, manifest });
  });

  it("tells a worker how to transform what it trains on, as long as the samples' shape stays", async () => {
    const back = [
      { kind: "pad", pixels: 1 },
      { kind: "random-crop", height: 2, width: 2 },
      { kind: "random-flip" },
    ] as const;
    await writeShard(join(folder, "alice"), "alice", set, { transforms: back });
    const { manifest } = await openShard(join(folder, "alice"));
    expect(manifest.transforms).toEqual([
      { kind: "pad", pixels: 1, value: 0 },
      { kind: "random-crop", height: 2, width: 2 },
      { kind: "random-flip", probability: 0.5 },
    ]);
    await expect(writeShard(join(folder, "alice"), "alice", set, { transforms: back.slice(0, 1) })).rejects.toEqual(
      expect.objectContaining({ code: "invalid_request", message: expect.stringContaining("[2,4,4]") }),
    );
    await editManifest(join(folder, "alice"), (edited) => Object.assign(edited, { transforms: back.slice(0, 1) }));
    await expect(openShard(join(folder, "alice"))).rejects.toEqual(expect.objectContaining({ code: "shard_invalid" }));
  });

  it("takes the place of one that an earlier version wrote, which it can't read", async () => {
    const path = join(folder, "alice");
    await mkdir(path);
    const files = { images: { name: "images-idx4-ubyte.gz" }, labels: { name: "labels-idx1-ubyte.gz" } };
    for (const { name } of Object.values(files)) await writeFile(join(path, name), "old");
    await writeFile(join(path, "manifest.json"), JSON.stringify({ format: "tributary-shard/1", files }));
    await expect(openShard(path)).rejects.toEqual(
      expect.objectContaining({ code: "shard_invalid", message: expect.stringContaining("format") }),
    );
    await writeShard(path, "alice", set);
    expect((await openShard(path)).count).toBe(3);
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
    await refusesToReplace(folder);
    expect(await readFile(join(folder, "thesis.tex"), "utf8")).toBe("years of work");
  });

  it("does not take the place of a file or a link", async () => {
    await writeFile(join(folder, "thesis.tex"), "years of work");
    await symlink("nowhere", join(folder, "link"));
    await refusesToReplace(join(folder, "thesis.tex"));
    await refusesToReplace(join(folder, "link"));
    expect(await readFile(join(folder, "thesis.tex"), "utf8")).toBe("years of work");
  });

  it("does not take the place of a folder with another program's manifest.json", async () => {
    await writeFile(join(folder, "manifest.json"), '{"name": "a web page"}');
    await writeFile(join(folder, "index.html"), "<html>");
    await refusesToReplace(folder);
    expect((await readdir(folder)).sort()).toEqual(["index.html", "manifest.json"]);
  });

  it("does not take the place of a shard beside which somebody keeps more", async () => {
    const path = join(folder, "alice");
    await writeShard(path, "alice", set);
    await writeFile(join(path, "notes.txt"), "which patients");
    await refusesToReplace(path);
    expect(await readFile(join(path, "notes.txt"), "utf8")).toBe("which patients");
  });

  it("leaves nothing else behind, and is for its owner alone", async () => {
    const path = join(folder, "alice");
    await writeShard(path, "alice", set);
    await writeShard(path, "alice", set);
    expect(await readdir(folder)).toEqual(["alice"]);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it.each<[string, Partial<Dataset>]>([
    ["too few values", { values: new Uint8Array(23) }],
    ["too few labels", { labels: Uint8Array.of(0, 1) }],
    ["a label that is no class", { labels: Uint8Array.of(0, 1, 3) }],
    ["a shape of nothing", { shape: [2, 0, 2], values: new Uint8Array() }],
    ["no samples", { count: 0, values: new Uint8Array(), labels: new Uint8Array() }],
    ["a mean for too few channels", { normalisation: { mean: [0], deviation: [1] } }],
    ["a deviation of 0", { normalisation: { mean: [0, 0], deviation: [1, 0] } }],
    ["a mean that is no number", { normalisation: { mean: [0, Number.NaN], deviation: [1, 1] } }],
    ["no name", { name: "" }],
    ["a name that no worker could register", { name: "zażółć" }],
    ["values that are no numbers", { values: new Float32Array(24).fill(Number.NaN) }],
    ["a negative label", { labels: Int32Array.of(0, 1, -1) }],
    ["names for too few classes", { classNames: ["a"] }],
    ["too many dimensions", { shape: [2, 2, 2, 1, 1, 1, 1, 1] }],
  ])("is not made of images with %s", async (_, change) => {
    const path = join(folder, "alice");
    await expect(writeShard(path, "alice", { ...set, ...change })).rejects.toEqual(
      expect.objectContaining({ code: "invalid_request" }),
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it("reads nothing through a link that leads out of its folder", async () => {
    await writeShard(join(folder, "bob"), "bob", set);
    await writeShard(join(folder, "alice"), "alice", set);
    const samples = join(folder, "alice", "samples-idx4-ubyte.gz");
    await rm(samples);
    await symlink("../bob/samples-idx4-ubyte.gz", samples);
    await expect(openShard(join(folder, "alice"))).rejects.toEqual(
      expect.objectContaining({ code: "shard_invalid", message: expect.stringContaining("leads out") }),
    );
  });

  it("is read through links that stay within its folder, as volumes have them", async () => {
    await writeShard(join(folder, "alice", "data"), "alice", set);
    for (const name of await readdir(join(folder, "alice", "data")))
      await symlink(join("data", name), join(folder, "alice", name));
    expect((await openShard(join(folder, "alice"))).count).toBe(3);
  });

  it.each<[string, (path: string) => Promise<void>]>([
    ["its manifest is no JSON", (path) => writeFile(join(path, "manifest.json"), "{")],
    [
      "its manifest lacks a field",
      (path) => editManifest(path, (manifest) => Reflect.deleteProperty(manifest, "samples")),
    ],
    ["its images are cut off", (path) => truncate(join(path, "samples-idx4-ubyte.gz"), 20)],
    ["its images were exchanged", (path) => writeFile(join(path, "samples-idx4-ubyte.gz"), "something else")],
    ["its labels are gone", (path) => rm(join(path, "labels-idx1-ubyte.gz"))],
    ["it claims other counts", (path) => editManifest(path, (manifest) => Object.assign(manifest, { samples: 4 }))],
    [
      "it has a mean for too few channels",
      (path) =>
        editManifest(path, (manifest) => Object.assign(manifest, { normalisation: { mean: [0], deviation: [1] } })),
    ],
    [
      "it claims another type of values",
      (path) => editManifest(path, (manifest) => Object.assign(manifest, { values: "float32" })),
    ],
    ["it is of another format", (path) => editManifest(path, (manifest) => Object.assign(manifest, { format: "x" }))],
    ["its manifest is very large", (path) => truncate(join(path, "manifest.json"), 2 ** 21)],
    [
      "its files are one and the same",
      (path) =>
        editManifest(path, (manifest) => {
          const files = Object.assign({ labels: undefined }, manifest.files);
          Object.assign(manifest, { files: { samples: files.labels, labels: files.labels } });
        }),
    ],
    ["it claims fewer classes", (path) => editManifest(path, (manifest) => Object.assign(manifest, { classes: 2 }))],
    [
      "a file name leads out of it",
      (path) =>
        editManifest(path, (manifest) =>
          Object.assign(manifest.files as object, {
            samples: { name: "../bob/samples-idx4-ubyte.gz", bytes: 1, sha256: "0".repeat(64) },
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

  it("tells in each manifest how its samples were chosen, so that they can be chosen again", async () => {
    const spec = { kind: "labels", labels: [[0, 1], [2]] } as const;
    await partitionDataset({ dataset: "mnist", split: "test", spec, seed: 7, out: folder });
    const { manifest, values, labels } = await openShard(join(folder, "worker-1"));
    expect(manifest.source).toMatchObject({ split: "test", partition: spec, seed: 7, shard: 1 });
    if (manifest.source === undefined) throw new Error("no source");
    const test = await mnist(manifest.source.split ?? "train");
    const indices = partition(test, manifest.source.partition, manifest.source.seed)[1] ?? new Int32Array();
    const again = subset(test, indices);
    const digest = (numbers: Iterable<number>) => sha256(Uint8Array.from(numbers));
    expect([digest(again.values), digest(again.labels)]).toEqual([digest(values), digest(labels)]);
    expect(sha256(new Uint8Array(indices.buffer))).toBe(manifest.source.indices);
  });

  it("takes a data set of one's own, and names shards after their ids where each has one", async () => {
    const own = { ...set, ids: { names: ["anna", "ben"], of: Int32Array.of(1, 0, 1) } };
    const request = { dataset: own, spec: { kind: "natural-id" }, seed: 1, out: folder } as const;
    const manifests = await partitionDataset(request);
    expect(manifests.map(({ name, samples, source }) => [name, samples, source?.split])).toEqual([
      ["anna", 1, undefined],
      ["ben", 2, undefined],
    ]);
    expect([...(await openShard(join(folder, "ben"))).labels]).toEqual([0, 2]);
  });

  it("writes nothing when one of the folders holds something else", async () => {
    await mkdir(join(folder, "worker-1"));
    await writeFile(join(folder, "worker-1", "thesis.tex"), "years of work");
    const spec = { kind: "iid", shards: 2 } as const;
    await expect(partitionDataset({ dataset: "mnist", split: "test", spec, seed: 1, out: folder })).rejects.toEqual(
      expect.objectContaining({ code: "file_unreadable" }),
    );
    expect(await readdir(folder)).toEqual(["worker-1"]);
  });

  it.each([[["a"]], [["a", "A", "b"]], [["a", "../b", "c"]]])("refuses the names %j", async (names) => {
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
