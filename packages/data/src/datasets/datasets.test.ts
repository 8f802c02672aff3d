import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RECORD_BYTES } from "../cifar/records.js";
import { channelStatistics, labelCounts } from "../statistics.js";
import { serve, status, whole } from "../testing/file-server.js";
import { missingData, sharedData } from "../testing/shared-data.js";
import { datasetNames, downloadDataset, openDataset } from "./datasets.js";
import { defaultCacheDir } from "./official-files.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-datasets-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });
const quick = { pauseMs: 1, stallMs: 5_000 };
const record = (label: number) => Uint8Array.from({ length: RECORD_BYTES }, (_, place) => (place === 0 ? label : 200));
const titled = (title: string, missing: string | undefined) => (missing ? `${title} (left out: ${missing})` : title);

describe("public data sets", () => {
  it("are known by name", async () => {
    expect(datasetNames).toEqual(["mnist", "fashion-mnist", "cifar-10"]);
    for (const [name, message] of [
      ["mnits", /did you mean mnist\?/],
      ["toString", /there are mnist, fashion-mnist, cifar-10/],
      ["../../etc", /there are mnist, fashion-mnist, cifar-10/],
    ] as const) {
      await expect(openDataset(name, "test")).rejects.toEqual(failure("unknown_dataset", message));
      await expect(downloadDataset(name)).rejects.toEqual(failure("unknown_dataset", message));
    }
  });

  it("are kept where the XDG specification says", () => {
    const before = process.env.XDG_CACHE_HOME;
    try {
      process.env.XDG_CACHE_HOME = folder;
      expect(defaultCacheDir()).toBe(join(folder, "tributary", "datasets"));
      process.env.XDG_CACHE_HOME = "relative";
      expect(defaultCacheDir()).toMatch(/[\\/]\.cache[\\/]tributary[\\/]datasets$/);
    } finally {
      if (before === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = before;
    }
  });

  it("need no download when they come with Tributary", async () => {
    expect(await downloadDataset("mnist", { cacheDir: folder })).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(["fashion-mnist", "cifar-10"])("%s is not looked for elsewhere when a folder was named", async (name) => {
    await expect(openDataset(name, "train", { dataDir: folder })).rejects.toEqual(
      expect.objectContaining({
        code: "file_unreadable",
        message: expect.stringContaining(folder),
        hint: expect.stringMatching(/https?:\/\/.*SHA-256 [0-9a-f]{64}/),
      }),
    );
  });

  it("are refused out of a folder when their checksum is wrong, and when a server has something else", async () => {
    await writeFile(join(folder, "t10k-labels-idx1-ubyte.gz"), gzipSync("something else"));
    await expect(openDataset("fashion-mnist", "test", { dataDir: folder })).rejects.toEqual(
      failure("file_invalid", /t10k-labels.*checksum/),
    );
    await using server = await serve(whole(Buffer.alloc(5_148)));
    await expect(
      openDataset("fashion-mnist", "test", { cacheDir: folder, mirror: server.url, ...quick }),
    ).rejects.toEqual(failure("digest_mismatch", /t10k-labels/));
    expect(await readdir(join(folder, "fashion-mnist"))).toEqual([]);
  });

  it("say that a mirror has not got them, or is none", async () => {
    await using server = await serve(status(404));
    await expect(downloadDataset("cifar-10", { cacheDir: folder, mirror: server.url, ...quick })).rejects.toEqual(
      failure("download_failed", /cifar-10-binary\.tar\.gz: the answer was 404/),
    );
    await expect(downloadDataset("cifar-10", { cacheDir: folder, mirror: "file:///etc" })).rejects.toEqual(
      failure("invalid_request", /no address of a mirror/),
    );
  });
});

describe("CIFAR-10 out of a folder", () => {
  it("may be a selection of records, which says so", async () => {
    await mkdir(join(folder, "cifar-10"));
    await writeFile(join(folder, "cifar-10", "train_a.bin"), Buffer.concat([record(3), record(9)]));
    await writeFile(join(folder, "cifar-10", "train_b.bin"), record(0));
    const set = await openDataset("cifar-10", "train", { dataDir: folder });
    expect(set).toMatchObject({ name: "cifar-10", count: 3, shape: [3, 32, 32], classes: 10 });
    expect([...set.labels]).toEqual([3, 9, 0]);
    expect(set.origin).toMatch(/^train_a\.bin, train_b\.bin: /);
    const same = await openDataset("cifar-10", "train", { dataDir: join(folder, "cifar-10") });
    expect(same.count).toBe(3);
  });

  it("is refused when a file that has an official name is another one", async () => {
    await mkdir(join(folder, "cifar-10-batches-bin"));
    await writeFile(join(folder, "cifar-10-batches-bin", "data_batch_1.bin"), record(1));
    await expect(openDataset("cifar-10", "train", { dataDir: folder })).rejects.toEqual(
      failure("file_invalid", /data_batch_1\.bin/),
    );
  });
});

describe("the real files", () => {
  const fashion = missingData("fashion-mnist");
  const cifar = missingData("cifar-10");

  it.skipIf(fashion)(titled("of Fashion-MNIST have the statistics that it is normalised by", fashion), async () => {
    const [train, test] = [
      await openDataset("fashion-mnist", "train", { dataDir: sharedData }),
      await openDataset("fashion-mnist", "test", { dataDir: join(sharedData, "fashion-mnist") }),
    ];
    expect([train.count, test.count, train.shape]).toEqual([60_000, 10_000, [1, 28, 28]]);
    expect(new Set([...labelCounts(train), ...labelCounts(test)])).toEqual(new Set([6_000, 1_000]));
    const { mean, deviation } = channelStatistics(train);
    expect(mean[0]).toBeCloseTo(train.normalisation.mean[0] ?? 0, 4);
    expect(deviation[0]).toBeCloseTo(train.normalisation.deviation[0] ?? 0, 3);
  });

  it.skipIf(cifar)(titled("of a part of CIFAR-10 have nearly the statistics of the whole", cifar), async () => {
    const train = await openDataset("cifar-10", "train", { dataDir: sharedData });
    expect(train.count % 10).toBe(0);
    const { mean, deviation } = channelStatistics(train);
    for (const [channel, value] of mean.entries()) {
      expect(value).toBeCloseTo(train.normalisation.mean[channel] ?? 0, 1);
      expect(deviation[channel]).toBeCloseTo(train.normalisation.deviation[channel] ?? 0, 1);
    }
  });

  it.skipIf(fashion)(titled("of Fashion-MNIST are downloaded once, and a damaged one again", fashion), async () => {
    const real = join(sharedData, "fashion-mnist");
    await using server = await serve(async (request, response) => {
      whole(await readFile(join(real, request.url ?? "")))(request, response);
    });
    const options = { cacheDir: folder, mirror: server.url, ...quick };
    const set = await openDataset("fashion-mnist", "test", options);
    expect(set.count).toBe(10_000);
    expect(server.requests.map(({ url }) => url)).toEqual(["/t10k-labels-idx1-ubyte.gz", "/t10k-images-idx3-ubyte.gz"]);
    expect((await openDataset("fashion-mnist", "test", options)).count).toBe(10_000);
    expect(server.requests).toHaveLength(2);

    const cached = join(folder, "fashion-mnist");
    for (const split of ["train-labels-idx1-ubyte.gz", "train-images-idx3-ubyte.gz"])
      await copyFile(join(real, split), join(cached, split));
    await writeFile(join(cached, "t10k-labels-idx1-ubyte.gz"), "damaged");
    await expect(openDataset("fashion-mnist", "test", options)).rejects.toEqual(failure("file_invalid", /t10k-labels/));
    const files = await downloadDataset("fashion-mnist", options);
    expect(files.filter(({ downloaded }) => downloaded).map(({ path }) => path)).toEqual([
      join(cached, "t10k-labels-idx1-ubyte.gz"),
    ]);
    expect((await openDataset("fashion-mnist", "test", options)).count).toBe(10_000);
  });
});
