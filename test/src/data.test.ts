import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder, tributary } from "./support/federation.js";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (...names: string[]) => join(folder.path, ...names);

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => folder?.[Symbol.asyncDispose]());

async function run(...args: string[]): Promise<string> {
  const { exitCode, output } = await tributary(["data", ...args], folder.path, { XDG_CACHE_HOME: at("cache") });
  expect(output).not.toMatch(/^error/m);
  expect(exitCode).toBe(0);
  return output;
}

/** One line that says what is wrong, one that says what to do, and never a stack. */
async function expectError(args: readonly string[], message: RegExp): Promise<void> {
  const { exitCode, output } = await tributary(["data", ...args], folder.path, { XDG_CACHE_HOME: at("cache") });
  expect(output).toMatch(message);
  expect(output).toMatch(/^error: .*\nhint: {2}\S/m);
  expect(output).not.toMatch(/\n\s+at .*[:(]\d+/);
  expect(exitCode).toBe(1);
}

/** Rows of 784 numbers around 0, of which a block far above says the class: a table that a straight line can tell apart. */
function table(rows: number): string {
  const columns = Array.from({ length: 784 }, (_, column) => `f${column}`);
  const lines = Array.from({ length: rows }, (_, row) => {
    const label = row % 10;
    const values = columns.map((_, column) => (Math.floor(column / 78.4) === label ? 2 : 0) + ((row * column) % 7) / 7);
    return [`site-${row % 3}`, ...values.map((value) => value.toFixed(3)), label].join();
  });
  return [["site", ...columns, "kind"].join(), ...lines, ""].join("\n");
}

describe("tributary data, for a table of one's own", () => {
  beforeAll(async () => {
    await writeFile(at("table.csv"), table(300));
    await run(
      ...["partition", "--csv", at("table.csv"), "--label", "kind", "--id", "site", "--shape", "1x28x28"],
      ...["--by-id", "--out", at("sites"), "--svg", at("labels.svg")],
    );
  });

  it("makes a shard for each id, and shows what is in it", async () => {
    expect((await readdir(at("sites"))).sort()).toEqual(["site-0", "site-1", "site-2"]);
    const shown = JSON.parse(await run("show", at("sites", "site-1"), "--json"));
    expect(shown).toMatchObject({ name: "table", samples: 100, shape: [1, 28, 28], values: "float32", classes: 10 });
    expect(shown.labelCounts).toEqual(Array(10).fill(10));
    expect(await run("show", at("sites", "site-1"))).toContain("100 samples of [1, 28, 28], float32, 10 classes");
  });

  it("draws the labels of each shard, in the terminal and as a picture", async () => {
    expect(await run("picture", at("sites"), "--svg", at("again.svg"))).toMatch(
      /^site-0 {2}0+1+2+3+4+5+6+7+8+9+ +100$/m,
    );
    expect(await readFile(at("again.svg"), "utf8")).toBe(await readFile(at("labels.svg"), "utf8"));
    expect((await sharp(at("labels.svg")).metadata()).format).toBe("svg");
    expect(JSON.parse(await run("picture", at("sites"), "--json"))).toHaveLength(3);
  });

  it("lets a federation train on them", async () => {
    await using federation = await startFederation(at("federation"));
    for (const name of ["site-0", "site-1"]) federation.startWorker({ name, data: at("sites", name) });
    federation.startWorker({ name: "evaluator", data: at("sites", "site-2"), role: "evaluate" });
    const { client } = federation;
    const job = await client.jobs.create({
      model: "logistic",
      dataset: "table",
      rounds: 3,
      training: { loss: "cross-entropy", batchSize: 10, learningRate: 0.1 },
      cohort: { minimum: 2, quorum: 2 },
      evaluation: { every: 3 },
    });
    let accuracy: number | undefined;
    for await (const notice of client.watch(job.id))
      if (notice.type === "round") accuracy = notice.data.evaluation?.accuracy ?? accuracy;
    expect((await client.jobs.get(job.id)).status).toBe("completed");
    expect(accuracy).toBeGreaterThan(0.95);
  });
});

describe("tributary data, for images of one's own", () => {
  it("makes shards of a folder with a folder for each class, with what workers do to them", async () => {
    for (const [index, name] of ["cat", "cat", "dog", "dog"].entries()) {
      await mkdir(at("pets", name), { recursive: true });
      const background = name === "cat" ? "#f00" : "#00f";
      await sharp({ create: { width: 40, height: 30, channels: 3, background } })
        .png()
        .toFile(at("pets", name, `${index}.png`));
    }
    const manifests = JSON.parse(
      await run(
        ...["partition", "--images", at("pets"), "--size", "32x32", "--iid", "2", "--augment", "pad:4,crop:32x32,flip"],
        ...["--mean", "0.5,0.5,0.5", "--deviation", "0.25,0.25,0.25", "--out", at("pet-shards"), "--json"],
      ),
    );
    expect(manifests[0]).toMatchObject({
      dataset: "pets",
      classNames: ["cat", "dog"],
      sampleShape: [3, 32, 32],
      normalisation: { mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] },
      transforms: [{ kind: "pad" }, { kind: "random-crop" }, { kind: "random-flip" }],
    });
  });
});

describe("tributary data, for public data sets", () => {
  it("shows them with statistics and labels", async () => {
    const shown = JSON.parse(await run("show", "mnist", "--split", "test", "--json"));
    expect(shown).toMatchObject({ name: "mnist", samples: 10_000, shape: [1, 28, 28], classes: 10 });
    expect(shown.mean[0]).toBeCloseTo(0.1325, 4);
  });

  it("says what comes with Tributary, and why a download failed", async () => {
    expect(await run("download", "mnist")).toContain("mnist comes with Tributary");
    const server = createServer((_, response) => response.writeHead(200, { "content-length": 5 }).end("wrong"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    try {
      await expectError(
        ["download", "fashion-mnist", "--mirror", `http://127.0.0.1:${port}/`],
        /train-images-idx3-ubyte\.gz: 5 bytes, less than the 26421880/,
      );
    } finally {
      server.closeAllConnections();
      server.close();
    }
    await expectError(["download", "mnits"], /there is no data set "mnits"/);
  });

  it.each<[string, string[], RegExp]>([
    ["two data sets", ["--dataset", "mnist", "--csv", "x.csv", "--iid", "2"], /several data sets are named/],
    ["no way to deal out", [], /one way to partition is wanted/],
    ["two ways to deal out", ["--iid", "2", "--by-id"], /one way to partition is wanted/],
    ["ids where there are none", ["--split", "test", "--by-id"], /no ids to deal them out by/],
    ["a table without the column of its class", ["--csv", "x.csv", "--iid", "2"], /--label, the column of the class/],
    [
      "a table that is not there",
      ["--csv", "nothing.csv", "--label", "x", "--iid", "2"],
      /nothing\.csv cannot be read/,
    ],
    [
      "files that are not there",
      ["--dataset", "cifar-10", "--data-dir", "nowhere", "--iid", "2"],
      /nowhere cannot be read/,
    ],
    ["transforms that change the shape", ["--split", "test", "--iid", "2", "--augment", "pad:2"], /make \[1,32,32\]/],
  ])("refuses %s", async (_, args, message) => {
    await expectError(["partition", "--out", at("none"), ...args], message);
    await expect(readdir(at("none"))).rejects.toThrow("ENOENT");
  });
});
