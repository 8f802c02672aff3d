import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeGraph, namedModel } from "@tributary/nn";
import { digestOf, hex, v1 } from "@tributary/protocol";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readAssignment, type TrainingWork } from "../work.js";
import { KeptAssignment } from "./kept-assignment.js";
import { KeptUpdate } from "./kept-update.js";

const log = pino({ level: "silent" });
const shard = { dataset: "mnist", sampleShape: [1, 28, 28], classes: 10 };
const message = (round: number, deadlineMs = 60_000): v1.Assignment =>
  v1.Assignment.decode(
    v1.Assignment.encode({
      task: {
        ...{ job: "job", round, attempt: 1, seed: 1, deadlineMs },
        model: { digest: new Uint8Array(32), size: 100 },
        graph: encodeGraph(namedModel("lenet5")),
      },
      training: {
        settings: {
          ...{ epochs: 1, batchSize: 10, learningRate: 0.1 },
          loss: { name: "cross-entropy" },
          optimizer: { name: "sgd" },
        },
      },
    }).finish(),
  );
const work = (round: number): TrainingWork => {
  const read = readAssignment(message(round), shard);
  if (read.kind !== "training") throw new Error("no training");
  return read;
};
const bytes = Uint8Array.from({ length: 10_000 }, (_, index) => index % 251);
const metrics = { loss: 1, accuracy: 0.5, batches: 3, samplesSeen: 30, downloadMs: 4, trainMs: 5 };
const update = {
  ref: { digest: hex(digestOf(bytes)), size: bytes.byteLength },
  bytes,
  codec: "",
  samples: 100,
  metrics,
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-kept-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("a kept update", () => {
  const open = (samples = 100) => new KeptUpdate(folder, samples, log);

  it("is the answer to the assignment that it was made for, to whoever opens the folder next", async () => {
    await open().keep(work(3), update);
    const found = await open().answerTo(work(3));
    expect(found).toMatchObject({ ref: update.ref, codec: "", samples: 100, metrics });
    expect(Buffer.compare(found?.bytes ?? new Uint8Array(), bytes)).toBe(0);
  });

  it("answers no other assignment, nor that of another shard", async () => {
    await open().keep(work(3), update);
    expect(await open().answerTo(work(4))).toBeUndefined();
    expect(await open().answerTo({ ...work(3), attempt: 2 })).toBeUndefined();
    expect(await open().answerTo({ ...work(3), seed: 2 })).toBeUndefined();
    expect(await open(99).answerTo(work(3))).toBeUndefined();
  });

  it("is replaced by the next one, and gone when it is dropped", async () => {
    const kept = open();
    await kept.keep(work(3), update);
    await kept.keep(work(4), update);
    expect(await kept.answerTo(work(3))).toBeUndefined();
    expect(await kept.answerTo(work(4))).toBeDefined();
    await kept.drop();
    expect(await open().answerTo(work(4))).toBeUndefined();
  });

  it.each<[string, (kept: Buffer) => Uint8Array]>([
    ["cut off", (kept) => kept.subarray(0, kept.byteLength - 1)],
    ["empty", () => new Uint8Array()],
    ["without its first line", (kept) => kept.subarray(kept.indexOf("\n") + 1)],
    ["changed in one bit", (kept) => kept.map((byte, at) => (at === kept.byteLength - 7 ? byte ^ 1 : byte))],
  ])("that is %s is none", async (_, damage) => {
    await open().keep(work(3), update);
    const path = join(folder, "update");
    await writeFile(path, damage(await readFile(path)));
    expect(await open().answerTo(work(3))).toBeUndefined();
  });
});

describe("a kept assignment", () => {
  const open = (coordinator = "http://one") => new KeptAssignment(folder, coordinator, log);

  it("is found by the next process, of the same coordinator, until its time is over", async () => {
    await open().keep(work(3), message(3));
    const found = await open().find();
    expect(found && readAssignment(found, shard)).toEqual(work(3));
    expect(await open("http://two").find()).toBeUndefined();
    await open().keep({ ...work(3), deadlineMs: -1 }, message(3));
    expect(await open().find()).toBeUndefined();
  });

  it("goes with the work that it is of, not with an earlier one", async () => {
    const kept = open();
    await kept.keep(work(3), message(3));
    await kept.keep(work(4), message(4));
    await kept.drop(work(3));
    expect(await open().find()).toBeDefined();
    await kept.drop(work(4));
    expect(await open().find()).toBeUndefined();
  });

  it("that is damaged is none", async () => {
    await open().keep(work(3), message(3));
    for (const damaged of ["", "{}\n", "nonsense", '{"coordinator":"http://one","until":1e99}\n\xff\xff']) {
      await writeFile(join(folder, "assignment"), damaged);
      expect(await open().find()).toBeUndefined();
    }
  });
});
