import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { encode, type JobSpecInput, parseCodec, stalenessIn, updateRandom } from "@tributary/federation";
import { decodeSafetensors, Flatten, initialise, Linear, sequential, trace } from "@tributary/nn";
import { decodeParameters, encodeParameters, type ParameterSet, type v1 } from "@tributary/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import type { Peer, PeerOptions } from "../testing/peer.js";
import { replay } from "../testing/replay.js";

const graph = trace(sequential(new Flatten(), new Linear(784, 4), new Linear(4, 10)), [1, 28, 28]);
const SEED = 3;

const plus = (parameters: ParameterSet, by: number): ParameterSet =>
  parameters.map((parameter) => ({ ...parameter, values: parameter.values.map((value) => value + by) }));

/** Two updates make a version, and the slow worker's comes when three have been made. */
const job = (codec: string | undefined, strategy: object = {}): JobSpecInput => ({
  ...{ model: { graph: { ...graph } }, dataset: "mnist", rounds: 4, seed: SEED },
  strategy: { kind: "fedbuff", bufferSize: 2, ...strategy },
  ...(codec && { codec: { update: codec } }),
  ...{ evaluation: { every: 0 }, cohort: { minimum: 3 } },
});

/** Adds a number to every value of the model that an assignment names, and sends that; its first answer waits for a sign. */
const adds =
  (
    by: number,
    codec: string | undefined,
    isTime: (round: number) => unknown = () => true,
  ): NonNullable<PeerOptions["onAssignment"]> =>
  async ({ task }: v1.Assignment, peer: Peer) => {
    if (!task) return;
    const round = task.round ?? 0;
    const model = decodeParameters(await peer.download(task));
    await expect.poll(() => isTime(round), { interval: 5, timeout: 10_000 }).toBe(true);
    const update = plus(model, by);
    const random = updateRandom(SEED, round, peer.options.name);
    const bytes =
      codec === undefined
        ? encodeParameters(update)
        : encode(parseCodec(codec), update, { random, reference: model }).bytes;
    await peer.send(task, bytes, { codec: codec ?? "" });
  };

describe("a job without rounds to wait for", () => {
  let coordinator: LocalCoordinator;
  beforeEach(async () => {
    coordinator = await LocalCoordinator.start();
  });
  afterEach(() => coordinator[Symbol.asyncDispose]());

  const version = async (id: string): Promise<number> => (await coordinator.job(id)).model?.round ?? 0;

  /** How much every value of the model differs from the initial one; all alike. */
  async function moved(id: string): Promise<number> {
    const response = await fetch(`${coordinator.url}/v1/jobs/${id}/models/latest.safetensors`, {
      headers: { authorization: `Bearer ${coordinator.tokens.admin}` },
    });
    const before = initialise(graph, SEED).flatMap(({ values }) => [...values]);
    const after = decodeSafetensors(new Uint8Array(await response.arrayBuffer())).flatMap(({ values }) => [...values]);
    const changes = after.map((value, index) => value - (before[index] ?? Number.NaN));
    for (const change of changes) expect(change).toBeCloseTo(changes[0] ?? Number.NaN, 5);
    return changes[0] ?? Number.NaN;
  }

  /** Ada and Bela make three versions; then Carl sends what it made of version 0, and then Ada. */
  async function three(codec: string | undefined, until: () => Promise<void> = async () => {}, carlGoesOn = false) {
    let [made, sent] = [0, false];
    const options = {
      ada: { onAssignment: adds(0.25, codec, (round) => round < 4 || sent) },
      bela: { onAssignment: adds(0.25, codec, (round) => round < 4) },
      carl: { onAssignment: adds(1, codec, (round) => (round === 1 ? made === 3 : carlGoesOn)) },
    };
    const enter = () => Promise.all(Object.entries(options).map(([name, about]) => coordinator.join(name, about)));
    await enter();
    return {
      enter,
      async run(id: string): Promise<void> {
        await expect.poll(() => version(id), { interval: 10, timeout: 10_000 }).toBe(3);
        await until();
        made = 3;
        await expect
          .poll(async () => (await coordinator.rounds(id)).filter(({ number }) => number === 4).at(-1)?.updates.length)
          .toBe(1);
        sent = true;
      },
    };
  }

  it.each([undefined, "delta", "delta | float16"])(
    "does not wait for a slow worker, whose update counts by its age: FedBuff, updates as %s",
    async (codec) => {
      const workers = await three(codec);
      const id = await coordinator.submit(job(codec));
      await workers.run(id);
      expect(await coordinator.finished(id)).toMatchObject({ status: "completed", reason: "rounds" });
      // Three versions of 0.25 each; then Carl's change of 1 is three versions old, and counts 1 / √(1 + 3).
      expect(await moved(id)).toBeCloseTo(3 * 0.25 + (0.5 * 1 + 0.25) / 2, 5);
      const rounds = (await coordinator.rounds(id)).sort((a, b) => a.number - b.number);
      expect(
        rounds.map(({ status, updates }) => [
          status,
          updates
            .map(({ worker }) => worker)
            .sort()
            .join(),
        ]),
      ).toEqual([...Array.from({ length: 3 }, () => ["finished", "ada,bela"]), ["finished", "ada,carl"]]);
      expect(rounds[3]?.updates.map(({ worker, staleness }) => `${worker} ${staleness}`).sort()).toEqual([
        "ada 0",
        "carl 3",
      ]);
      const models = (await coordinator.request("GET", `/v1/jobs/${id}/models`)).body.models;
      const digests: string[] = models.map(({ digest }: { digest: string }) => digest);
      const listed = async () =>
        (await readdir(join(coordinator.folder, "blobs"), { recursive: true }))
          .map((name) => name.split("/").at(-1) ?? "")
          .filter((name) => name.length >= 64)
          .sort();
      await expect.poll(listed).toEqual([...new Set(digests)].sort());
    },
  );

  it("goes on after a restart with what was handed out before it", async () => {
    const workers = await three(undefined, async () => {
      await coordinator.restart();
      await workers.enter();
    });
    const id = await coordinator.submit(job(undefined));
    await workers.run(id);
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    expect(await moved(id)).toBeCloseTo(3 * 0.25 + (0.5 * 1 + 0.25) / 2, 5);
  });

  it("refuses what is too old with the reason, and gives its worker the newest version", async () => {
    const workers = await three(undefined, undefined, true);
    const id = await coordinator.submit(job(undefined, { maximumStaleness: 2 }));
    await workers.run(id);
    const carl = coordinator.peers.find(({ options }) => options.name === "carl");
    await expect.poll(() => carl?.outcomes).toMatchObject([{ code: "update_too_stale" }, "done"]);
    expect(carl?.aborts.map(({ round }) => round)).toEqual([1]);
    expect(carl?.assignments.map(({ task }) => task?.round)).toEqual([1, 4]);
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    expect(await moved(id)).toBeCloseTo(3 * 0.25 + (1 + 0.25) / 2, 5);
  });

  it("calls work off when it is paused, and begins with the newest version when it goes on", async () => {
    const workers = await three(
      undefined,
      async () => {
        await coordinator.request("POST", `/v1/jobs/${id}/pause`);
        await coordinator.stopped(id);
        await coordinator.request("POST", `/v1/jobs/${id}/resume`);
      },
      true,
    );
    const id = await coordinator.submit(job(undefined));
    await workers.run(id);
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    const carl = coordinator.peers.find(({ options }) => options.name === "carl");
    expect(carl?.assignments.map(({ task }) => task?.round)).toEqual([1, 4]);
    expect(carl?.outcomes[0]).toMatchObject({ code: "round_closed" });
    expect(await moved(id)).toBeCloseTo(3 * 0.25 + (1 + 0.25) / 2, 5);
  });

  it.each<[string, JobSpecInput["strategy"], string | undefined, number]>([
    ["FedBuff, and a codec that draws", { kind: "fedbuff", bufferSize: 2 }, "delta | qsgd(4)", 2],
    ["FedAsync", { kind: "fedasync", alpha: 0.5 }, undefined, 1],
  ])(
    "comes to the same bytes again by its journal, whatever the order in which updates came, and a restart: %s",
    async (_, strategy, codec, each) => {
      await coordinator[Symbol.asyncDispose]();
      coordinator = await LocalCoordinator.start({ keepUpdates: true });
      const slowly = (ms: number) => async (round: number) => {
        await delay(ms * (round % 3));
        return true;
      };
      const workers = {
        ada: adds(0.25, codec, slowly(10)),
        bela: adds(1, codec, slowly(25)),
        carl: adds(3, codec, slowly(60)),
      };
      const enter = () =>
        Promise.all(Object.entries(workers).map(([name, onAssignment]) => coordinator.join(name, { onAssignment })));
      await enter();
      const id = await coordinator.submit({ ...job(codec), strategy, rounds: 12 });
      await expect.poll(() => version(id), { interval: 10, timeout: 30_000 }).toBeGreaterThan(3);
      await coordinator.restart();
      await enter();
      expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
      await coordinator.stop();
      const { phase, versions } = await replay(coordinator.folder, id);
      expect(phase).toEqual({ kind: "ended", outcome: { kind: "completed", reason: "rounds" } });
      expect(versions.map(({ round }) => round)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
      for (const { made, committed, updates } of versions) {
        expect(made).toBe(committed);
        expect(updates).toHaveLength(each);
      }
      const ages = versions.flatMap(({ round, updates }) => updates.map((update) => stalenessIn(round, update)));
      expect(Math.max(...ages)).toBeGreaterThan(0);
    },
  );

  it("mixes every update in by itself, an old one less: FedAsync", async () => {
    let made = 0;
    await coordinator.join("ada", { onAssignment: adds(1, undefined, (round) => round < 4) });
    await coordinator.join("bela", { onAssignment: adds(1, undefined, (round) => round === 1 && made === 3) });
    const strategy = { kind: "fedasync", alpha: 0.5 } as const;
    const id = await coordinator.submit({ ...job(undefined), strategy, cohort: { minimum: 2 } });
    await expect.poll(() => version(id), { interval: 10, timeout: 10_000 }).toBe(3);
    made = 3;
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    // Three times x ← x/2 + (x + 1)/2; then 1, which is three versions old, with the weight 0.5 / √(1 + 3).
    expect(await moved(id)).toBeCloseTo(0.75 * 1.5 + 0.25 * 1, 5);
  });
});
