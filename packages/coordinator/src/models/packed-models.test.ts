import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type JobSpecInput, parseCodec, roundedModel, unpackModel } from "@tributary/federation";
import { Flatten, initialise, Linear, sequential, trace } from "@tributary/nn";
import { blobRefOf, chunkRange, decodeParameters, digestOf, encodeParameters, hex, type v1 } from "@tributary/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import type { Peer } from "../testing/peer.js";

const graph = trace(sequential(new Flatten(), new Linear(784, 20), new Linear(20, 10)), [1, 28, 28]);
const MODEL = "float16 | deflate";
const codec = parseCodec(MODEL);

/** What came down for a task. */
interface Came {
  readonly round: number;
  readonly worker: string;
  readonly packed: boolean;
  readonly bytes: number;
  readonly digest: string;
}

describe("a model that travels in few bytes", () => {
  let coordinator: LocalCoordinator;
  let came: Came[] = [];
  beforeEach(async () => {
    coordinator = await LocalCoordinator.start();
    came = [];
  });
  afterEach(() => coordinator[Symbol.asyncDispose]());

  /** Digests of what the coordinator keeps. */
  const blobs = async (): Promise<string[]> =>
    (await readdir(join(coordinator.folder, "blobs"), { recursive: true })).filter((path) =>
      /[0-9a-f]{62}$/.test(path),
    );
  const blob = async (digest: string): Promise<Uint8Array> => {
    const path = (await blobs()).find((path) => path.replace(/.*\//, "").endsWith(digest.slice(-62)));
    return new Uint8Array(await readFile(join(coordinator.folder, "blobs", path ?? digest)));
  };

  const job = (changes: Partial<JobSpecInput> = {}): JobSpecInput => ({
    ...{ model: { graph: { ...graph } }, dataset: "mnist", rounds: 3, seed: 4, codec: { model: MODEL } },
    ...{ cohort: { minimum: 2, quorum: 2 }, evaluation: { every: 0 } },
    ...changes,
  });

  /** The model's own bytes, of whatever comes. */
  const fetched = async (task: v1.Task.$Properties, peer: Peer): Promise<Uint8Array> => {
    const { model, packed, round } = task;
    const sent = packed?.blob ?? model;
    const { digest, size } = blobRefOf(sent);
    const bytes = await peer.download({ model: sent ?? null });
    const whole = packed ? unpackModel(parseCodec(packed.codec ?? ""), bytes, graph.parameters) : bytes;
    came.push({
      ...{ round: round ?? 0, worker: peer.options.name, packed: Boolean(packed), bytes: size },
      digest: hex(digestOf(whole)),
    });
    expect(hex(digestOf(bytes))).toBe(digest);
    expect(came.at(-1)?.digest).toBe(blobRefOf(model).digest);
    return whole;
  };

  const moves = async (assignment: v1.Assignment, peer: Peer) => {
    const { task, training } = assignment;
    if (!task || !training) return;
    const parameters = decodeParameters(await fetched(task, peer));
    const by = peer.options.name === "ada" ? 1 / 3 : 1 / 7;
    const update = parameters.map((part) => ({ ...part, values: part.values.map((value) => value + by) }));
    await peer.send(task, encodeParameters(update), { samples: 100 });
  };

  it("is half as large for who knows the codec, and the same for who does not", async () => {
    await coordinator.join("ada", { onAssignment: moves });
    await coordinator.join("bela", { onAssignment: moves, codecs: ["delta", "int8"] });
    const id = await coordinator.submit(job());
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    for (const round of [1, 2, 3]) {
      const [ada, bela] = ["ada", "bela"].map((name) => came.find((one) => one.round === round && one.worker === name));
      expect([ada?.packed, bela?.packed]).toEqual([true, false]);
      expect(ada?.digest).toBe(bela?.digest);
      expect(ada?.bytes).toBeLessThan(0.6 * (bela?.bytes ?? 0));
    }
    const rounds = await coordinator.rounds(id);
    for (const { number, bytesDown } of rounds)
      expect(bytesDown).toBe(came.filter(({ round }) => round === number).reduce((sum, { bytes }) => sum + bytes, 0));
    // The model of a round is sent in the next one.
    for (const { number, model } of rounds.slice(0, -1)) {
      const sent = came.filter(({ round }) => round === number + 1);
      expect(new Set(sent.map(({ bytes }) => bytes))).toEqual(new Set([model?.sentBytes, model?.size]));
    }
    expect(rounds.at(-1)?.model?.sentBytes).toBeLessThan(0.6 * (rounds.at(-1)?.model?.size ?? 0));
  });

  it("is made of the numbers that travel, from the first on: the mean, rounded", async () => {
    await coordinator.join("ada", { onAssignment: moves });
    await coordinator.join("bela", { onAssignment: moves });
    const id = await coordinator.submit(job({ rounds: 1 }));
    await coordinator.finished(id);
    const initial = roundedModel(codec, initialise(graph, 4));
    expect(new Set(came.map(({ digest }) => digest))).toEqual(new Set([hex(digestOf(encodeParameters(initial)))]));
    const { body } = await coordinator.request("GET", `/v1/jobs/${id}/models`);
    const digest: string = body.models.find(({ round }: { round: number }) => round === 1).digest;
    const model = decodeParameters(await blob(digest));
    expect(roundedModel(codec, model)).toEqual(model);
    for (const [index, { values }] of model.entries())
      for (const [place, value] of values.entries())
        expect(value).toBeCloseTo((initial[index]?.values[place] ?? Number.NaN) + (1 / 3 + 1 / 7) / 2, 2);
  });

  it("is let go when the next one is there, and with the last round", async () => {
    const kept: number[] = [];
    await coordinator.join("ada", { onAssignment: moves });
    await coordinator.join("bela", {
      async onAssignment(assignment, peer) {
        kept.push((await blobs()).length);
        await moves(assignment, peer);
      },
    });
    const id = await coordinator.submit(job());
    await coordinator.finished(id);
    // In a round: its model's versions, the packed one, and what was taken in.
    for (const [index, count] of kept.entries()) expect(count).toBeLessThanOrEqual(index + 1 + 1 + 2);
    await expect.poll(async () => (await blobs()).length).toBe(4);
  });

  it("is there again after a restart, for whoever was asked before", async () => {
    let asked: (() => void) | undefined;
    const waiting = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const silent = async () => asked?.();
    for (const name of ["ada", "bela"]) await coordinator.join(name, { onAssignment: silent });
    const id = await coordinator.submit(job({ rounds: 1 }));
    await waiting;
    await coordinator.restart();
    for (const name of ["ada", "bela"]) await coordinator.join(name, { onAssignment: moves });
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    expect(came.map(({ packed }) => packed)).toEqual([true, true]);
  });

  it("goes on from a version of a job that had no codec, rounded", async () => {
    for (const name of ["ada", "bela"]) await coordinator.join(name, { onAssignment: moves });
    const first = await coordinator.submit(job({ codec: {}, rounds: 1 }));
    await coordinator.finished(first);
    came = [];
    const second = await coordinator.submit(job({ rounds: 2, from: { job: first, round: 1 } }));
    expect(await coordinator.finished(second)).toMatchObject({ status: "completed" });
    const { body } = await coordinator.request("GET", `/v1/jobs/${first}/models`);
    const origin = decodeParameters(await blob(body.models.at(-1).digest));
    expect(came[0]?.digest).toBe(hex(digestOf(encodeParameters(roundedModel(codec, origin)))));
  });

  it("ends the job with a reason where float16 holds its numbers no more", async () => {
    for (const name of ["ada", "bela"])
      await coordinator.join(name, {
        async onAssignment({ task, training }, peer) {
          if (!task || !training) return;
          const parameters = decodeParameters(await fetched(task, peer));
          const update = parameters.map((part) => ({ ...part, values: part.values.map(() => 7e4) }));
          await peer.send(task, encodeParameters(update), { samples: 100 });
        },
      });
    const id = await coordinator.submit(job({ admission: { maxAbs: 1e6 } }));
    expect(await coordinator.stopped(id)).toMatchObject({
      status: "paused",
      reason: expect.stringContaining("65504"),
    });
  });

  it("tells nobody else's chunks", async () => {
    const ada = await coordinator.join("ada", { onAssignment: moves });
    await coordinator.join("bela", { onAssignment: moves });
    const id = await coordinator.submit(job({ rounds: 1 }));
    await coordinator.finished(id);
    const { digest, size } = blobRefOf(ada.assignments[0]?.task?.packed?.blob);
    expect(chunkRange(size, 0).start).toBe(0);
    await expect(ada.channel.call("chunk", { digest: Buffer.from(digest, "hex"), index: 0 })).rejects.toMatchObject({
      code: "blob_unknown",
    });
  });
});

describe("an update of a worker that does not know the job's codec", () => {
  it("comes as it is, and counts; one of a codec that is not the job's does not", async () => {
    await using coordinator = await LocalCoordinator.start();
    const named: string[] = [];
    const send =
      (named_: string) =>
      async ({ task, training }: v1.Assignment, peer: Peer) => {
        if (!task || !training) return;
        named.push(`${peer.options.name}: ${training.codec}`);
        await peer.send(task, await peer.download(task), { codec: named_ });
      };
    await coordinator.join("ada", { onAssignment: send(""), codecs: ["delta"] });
    const bela = await coordinator.join("bela", { onAssignment: send("float16") });
    const id = await coordinator.submit({
      ...{ model: { graph: { ...graph } }, dataset: "mnist", rounds: 1, codec: { update: "delta | int8" } },
      ...{ cohort: { minimum: 2, quorum: 1 }, evaluation: { every: 0 } },
    });
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    const [round] = await coordinator.rounds(id);
    expect(round?.updates).toMatchObject([{ worker: "ada" }]);
    expect(round?.updates[0]?.sentBytes).toBe(round?.updates[0]?.size);
    expect(named.sort()).toEqual(["ada: ", "bela: delta | int8"]);
    expect(round?.refusals).toMatchObject([{ worker: "bela", code: "invalid_message" }]);
    expect(bela.outcomes).toMatchObject([{ code: "invalid_message" }]);
  });
});
