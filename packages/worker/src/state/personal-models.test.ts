import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { initialise, namedModel } from "@tributary/nn";
import { encodeParameters } from "@tributary/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PersonalModels } from "./personal-models.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-personal-"));
});
afterEach(() => rm(folder, { recursive: true }));

const open = () => new PersonalModels(join(folder, "personal"));
const graph = namedModel("logistic");
const parameters = initialise(graph, 1);
const name = (job: string, round = 3) => ({ job, round, worker: "alice", graph });
const model = encodeParameters(parameters);

describe("a worker's own model", () => {
  it("is read by whoever opens the folder next, with its network", async () => {
    await open().keep(name("one"), model);
    await open().keep(name("../two", 4), encodeParameters(initialise(graph, 2)));
    expect(await open().read("one")).toMatchObject({ ...name("one"), parameters });
    expect(await open().read("../two")).toMatchObject({ round: 4, parameters: initialise(graph, 2) });
    expect(await readdir(folder)).toEqual(["personal"]);
  });

  it("is replaced when it is made again", async () => {
    await open().keep(name("one"), encodeParameters(initialise(graph, 2)));
    await open().keep(name("one"), model);
    expect(await open().read("one")).toMatchObject({ parameters });
  });

  it("is there for the last 20 jobs", async () => {
    for (let job = 1; job <= 21; job++) {
      await open().keep(name(`job-${job}`), model);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await expect(open().read("job-1")).rejects.toEqual(expect.objectContaining({ code: "not_found" }));
    expect(await open().read("job-2")).toMatchObject(name("job-2"));
    expect(await open().read("job-21")).toMatchObject(name("job-21"));
  });

  it.each<[string, (kept: Buffer) => Uint8Array]>([
    ["cut off", (kept) => kept.subarray(0, kept.byteLength - 1)],
    ["empty", () => new Uint8Array()],
    ["without its first line", (kept) => kept.subarray(kept.indexOf("\n") + 1)],
    ["changed in one bit", (kept) => kept.map((byte, at) => (at === kept.byteLength - 7 ? byte ^ 1 : byte))],
  ])("that is %s is told to be damaged", async (_, damage) => {
    await open().keep(name("one"), model);
    const [file = ""] = await readdir(join(folder, "personal"));
    const path = join(folder, "personal", file);
    await writeFile(path, damage(await readFile(path)));
    await expect(open().read("one")).rejects.toEqual(expect.objectContaining({ code: "file_invalid" }));
  });

  it("that the disk does not take is an error", async () => {
    await writeFile(join(folder, "personal"), "");
    await expect(open().keep(name("one"), model)).rejects.toEqual(expect.objectContaining({ code: "disk_full" }));
  });
});
