import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { JobSpecInput } from "@tributary/federation";
import { digestOf, encodeParameters, type Parameter, TributaryError } from "@tributary/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import type { Training } from "../testing/peer.js";

const spec = (changes: Partial<JobSpecInput> = {}): JobSpecInput => ({
  ...{ model: "lenet5", dataset: "mnist", rounds: 2, evaluation: { every: 0 }, cohort: { minimum: 2 } },
  ...changes,
});

const changed =
  (change: (value: number, index: number) => number): Training =>
  (parameters) =>
    parameters.map((parameter) => ({ ...parameter, values: parameter.values.map(change) }));

const honest = changed((value) => value + 0.01);

describe("a job goes on", () => {
  let coordinator: LocalCoordinator;
  beforeEach(async () => {
    coordinator = await LocalCoordinator.start();
  });
  afterEach(() => coordinator[Symbol.asyncDispose]());

  it.each<[string, Training, string]>([
    ["holds NaN", changed((value, index) => (index === 3 ? Number.NaN : value)), "update_not_finite"],
    [
      "holds infinity",
      changed((value, index) => (index === 0 ? Number.POSITIVE_INFINITY : value)),
      "update_not_finite",
    ],
    ["is out of range", changed((value, index) => (index === 1 ? 5_000 : value)), "update_out_of_range"],
    ["lacks a parameter", (parameters) => parameters.slice(1), "update_shape_mismatch"],
    ["has its parameters in another order", (parameters) => [...parameters].reverse(), "update_shape_mismatch"],
    [
      "has another shape of the same size",
      (parameters) => parameters.map((p): Parameter => ({ ...p, shape: [...p.shape].reverse() })),
      "update_shape_mismatch",
    ],
  ])("without an update that %s, and shows why", async (_, train, code) => {
    await coordinator.join("honest", { train: honest });
    const liar = await coordinator.join("liar", { train });
    const id = await coordinator.submit(spec({ rounds: 1 }));
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    const [round] = await coordinator.rounds(id);
    expect(round?.updates.map(({ worker }) => worker)).toEqual(["honest"]);
    expect(round?.refusals).toMatchObject([{ worker: "liar", code }]);
    expect(liar.outcomes).toMatchObject([{ code }]);
  });

  it("without an update whose bytes are not those that were announced, or whose sample count is wrong", async () => {
    await coordinator.join("honest", { train: honest });
    const forger = await coordinator.join("forger", {
      onAssignment: async ({ task }, { channel }) => {
        const { job, round, attempt, model } = task ?? {};
        const place = { job: job ?? "", round: round ?? 0, attempt: attempt ?? 0 };
        const blob = { size: model?.size ?? 0, digest: new Uint8Array(32).fill(9) };
        const { upload } = await channel.call("uploadOpen", { ...place, blob });
        await channel.call("uploadChunk", { upload, index: 0, data: new Uint8Array(blob.size) });
        await channel.call("update", { ...place, parameters: blob, samples: 100 });
      },
    });
    const braggart = await coordinator.join("braggart", {
      onAssignment: async ({ task }, peer) =>
        peer.send(task ?? {}, await peer.download(task ?? {}), { samples: 1_000_000 }),
    });
    const id = await coordinator.submit(spec({ rounds: 1, cohort: { minimum: 3 } }));
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    const [round] = await coordinator.rounds(id);
    expect(new Map(round?.refusals.map(({ worker, code }) => [worker, code]))).toEqual(
      new Map([
        ["forger", "update_digest_mismatch"],
        ["braggart", "sample_count_invalid"],
      ]),
    );
    expect([forger, braggart].flatMap(({ outcomes }) => outcomes)).toMatchObject([
      { code: "update_digest_mismatch" },
      { code: "sample_count_invalid" },
    ]);
  });

  it("without an update that its worker never had, though others sent the same", async () => {
    let copied: Uint8Array | undefined;
    await coordinator.join("honest", {
      onAssignment: async ({ task }, peer) => {
        const bytes = await peer.download(task ?? {});
        await peer.send(task ?? {}, bytes);
        copied = digestOf(bytes);
      },
    });
    const copycat = await coordinator.join("copycat", {
      onAssignment: async ({ task }, { channel }) => {
        await expect.poll(() => copied).toBeDefined();
        const { job, round, attempt, model } = task ?? {};
        const place = { job: job ?? "", round: round ?? 0, attempt: attempt ?? 0 };
        const blob = { digest: copied ?? new Uint8Array(), size: model?.size ?? 0 };
        const { nextIndex } = await channel.call("uploadOpen", { ...place, blob });
        expect(nextIndex).toBe(0);
        await channel.call("update", { ...place, parameters: blob, samples: 100 });
      },
    });
    const id = await coordinator.submit(spec({ rounds: 1, cohort: { minimum: 2, deadlineSeconds: 2 } }));
    await coordinator.finished(id);
    const [round] = await coordinator.rounds(id);
    expect(round?.updates.map(({ worker }) => worker)).toEqual(["honest"]);
    expect(copycat.outcomes).toMatchObject([{ code: "chunk_out_of_range" }]);
  });

  it("without a worker that says it cannot", async () => {
    await coordinator.join("able", { train: honest });
    await coordinator.join("unable", {
      onAssignment: async ({ task }, { channel }) => {
        const { job = "", round = 0, attempt = 0 } = task ?? {};
        const error = { code: "training_failed", message: "out of\nmemory" };
        await channel.call("failure", { job: job ?? "", round: round ?? 0, attempt: attempt ?? 0, error });
      },
    });
    const id = await coordinator.submit(spec({ rounds: 1 }));
    await coordinator.finished(id);
    const [round] = await coordinator.rounds(id);
    expect(round?.refusals).toEqual([{ worker: "unable", code: "training_failed", message: "out of memory" }]);
  });

  it("after its deadline without a worker that vanished, and tells a late one to stop", async () => {
    await coordinator.join("steady", { train: honest });
    const vanishing = await coordinator.join("vanishing", { onAssignment: async (_, peer) => peer.close() });
    const asleep = await coordinator.join("asleep", { onAssignment: async () => {} });
    const id = await coordinator.submit(spec({ rounds: 1, cohort: { minimum: 3, deadlineSeconds: 0.5 } }));
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    const [round] = await coordinator.rounds(id);
    expect(round?.updates.map(({ worker }) => worker)).toEqual(["steady"]);
    expect(vanishing.outcomes).toEqual(["done"]);
    await expect.poll(() => asleep.aborts.map(({ job, reason }) => [job, reason])).toEqual([[id, "the round closed"]]);
  });

  it("with the work of a worker that came back", async () => {
    await coordinator.join("steady", { train: honest });
    const first = await coordinator.join("restless", { onAssignment: async (_, peer) => peer.close() });
    const id = await coordinator.submit(spec({ rounds: 1, cohort: { minimum: 2, deadlineSeconds: 20 } }));
    await expect.poll(() => first.outcomes).toEqual(["done"]);
    await expect
      .poll(() =>
        coordinator.join("restless", { train: honest }).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    const [round] = await coordinator.rounds(id);
    expect(round?.updates.map(({ worker }) => worker).sort()).toEqual(["restless", "steady"]);
  });

  it("and stands still when too few updates come, however often it is tried", async () => {
    await coordinator.join("liar", { train: changed(() => Number.NaN) });
    const id = await coordinator.submit(spec({ cohort: { minimum: 1, maxAttempts: 2 } }));
    expect(await coordinator.stopped(id)).toMatchObject({
      status: "paused",
      reason: expect.stringContaining("2 attempts"),
    });
    const rounds = await coordinator.rounds(id);
    expect(rounds.map(({ number, attempt, status }) => [number, attempt, status])).toEqual([
      [1, 1, "abandoned"],
      [1, 2, "abandoned"],
    ]);
  });

  it("counts an update once, however often it is sent, and says that a late one is late", async () => {
    const outcomes: string[] = [];
    await coordinator.join("steady", { train: honest });
    await coordinator.join("insistent", {
      onAssignment: async ({ task }, peer) => {
        const bytes = await peer.download(task ?? {});
        const update = encodeParameters([]);
        bytes.set(bytes.subarray(-4), bytes.byteLength - 8);
        for (let time = 0; time < 3; time++)
          outcomes.push(
            await peer.send(task ?? {}, bytes).then(
              () => "accepted",
              (error: unknown) => (error instanceof TributaryError ? error.code : String(error)),
            ),
          );
        expect(update).toHaveLength(0);
      },
    });
    const id = await coordinator.submit(spec({ rounds: 1, cohort: { minimum: 2 } }));
    await coordinator.finished(id);
    expect((await coordinator.rounds(id))[0]?.updates).toHaveLength(2);
    await expect.poll(() => outcomes.length).toBe(3);
    expect(outcomes[0]).toBe("accepted");
    for (const later of outcomes.slice(1)) expect(["duplicate_update", "round_closed"]).toContain(later);
  });

  it("keeps its model versions, and no other blob", async () => {
    await Promise.all(["a", "b"].map((name) => coordinator.join(name, { train: honest })));
    const id = await coordinator.submit(spec({ rounds: 3 }));
    await coordinator.finished(id);
    const { body } = await coordinator.request("GET", `/v1/jobs/${id}/models`);
    const digests: string[] = body.models.map(({ digest }: { digest: string }) => digest);
    const listed = async () => {
      const names = await readdir(join(coordinator.folder, "blobs"), { recursive: true });
      return names
        .map((name) => name.split("/").at(-1) ?? "")
        .filter((name) => name.length >= 64)
        .sort();
    };
    await expect.poll(listed).toEqual([...new Set(digests)].sort());
  });
});

describe("the queue", () => {
  let coordinator: LocalCoordinator;
  beforeEach(async () => {
    coordinator = await LocalCoordinator.start();
  });
  afterEach(() => coordinator[Symbol.asyncDispose]());

  it("runs jobs one at a time, in the order of submission", async () => {
    const first = await coordinator.submit(spec());
    const second = await coordinator.submit(spec({ name: "second" }));
    await expect.poll(async () => (await coordinator.job(first)).status).toBe("running");
    expect(await coordinator.job(second)).toMatchObject({ status: "queued", phase: null });
    await Promise.all(["a", "b"].map((name) => coordinator.join(name, { train: honest })));
    const over = [await coordinator.finished(first), await coordinator.finished(second)];
    expect(over.map(({ status }) => status)).toEqual(["completed", "completed"]);
    expect(Date.parse(over[1]?.startedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(over[0]?.finishedAt ?? ""));
  });

  it("lets a job be cancelled while it waits, while it runs, and again; not when it is over", async () => {
    const running = await coordinator.submit(spec());
    const queued = await coordinator.submit(spec());
    for (const id of [queued, running, running])
      expect(await coordinator.request("POST", `/v1/jobs/${id}/cancel`)).toMatchObject({
        status: 200,
        body: { status: "cancelled" },
      });
    await Promise.all(["a", "b"].map((name) => coordinator.join(name, { train: honest })));
    const done = await coordinator.submit(spec({ rounds: 1 }));
    expect(await coordinator.finished(done)).toMatchObject({ status: "completed" });
    expect(await coordinator.request("POST", `/v1/jobs/${done}/cancel`)).toMatchObject({
      status: 409,
      body: { code: "conflict" },
    });
  });

  it("pauses a job for which no workers come in time", async () => {
    const id = await coordinator.submit(spec({ cohort: { minimum: 1, waitSeconds: 0.2 } }));
    expect(await coordinator.stopped(id)).toMatchObject({
      status: "paused",
      reason: expect.stringContaining("mnist"),
    });
  });
});

describe("accepted updates", () => {
  const keeping = async (keepUpdates: boolean) => {
    await using coordinator = await LocalCoordinator.start({ keepUpdates });
    await Promise.all(
      ["a", "b"].map((name, place) => coordinator.join(name, { train: changed((x) => x + place / 9) })),
    );
    const id = await coordinator.submit(spec({ rounds: 1 }));
    await coordinator.finished(id);
    const [round] = await coordinator.rounds(id);
    const fetched = await coordinator.request("GET", `/v1/jobs/${id}/rounds/1/updates/b`);
    return { fetched, digest: round?.updates.find(({ worker }) => worker === "b")?.digest };
  };

  it("go with their round", async () => {
    const { fetched } = await keeping(false);
    expect(fetched).toMatchObject({ status: 404, body: { code: "not_found" } });
  });

  it("stay for audits where that is wanted, under the digest that the round names", async () => {
    const { fetched, digest } = await keeping(true);
    expect(fetched.status).toBe(200);
    expect(fetched.headers.get("etag")).toBe(`"${digest}"`);
  });
});

describe("a coordinator that is started again", () => {
  let coordinator: LocalCoordinator;
  beforeEach(async () => {
    coordinator = await LocalCoordinator.start();
  });
  afterEach(() => coordinator[Symbol.asyncDispose]());

  const run = async (restartAfter: number | undefined): Promise<string | undefined> => {
    const join = () =>
      Promise.all(
        ["a", "b"].map((name, place) =>
          coordinator.join(name, { samples: 10 + place, train: changed((value) => value * (1.01 + place / 100)) }),
        ),
      );
    await join();
    const id = await coordinator.submit(spec({ rounds: 5 }));
    if (restartAfter !== undefined) {
      await expect
        .poll(async () => (await coordinator.job(id)).round, { interval: 5, timeout: 10_000 })
        .toBeGreaterThanOrEqual(restartAfter);
      await coordinator.restart();
      await join();
    }
    const { status, model } = await coordinator.finished(id);
    expect(status).toBe("completed");
    for (const peer of coordinator.peers.splice(0)) {
      await peer.channel.call("leave", {}).catch(() => {});
      peer.close();
    }
    return model?.digest;
  };

  it("goes on with a job where the journal ends, to the same model", async () => {
    const undisturbed = await run(undefined);
    expect(await run(2)).toBe(undisturbed);
    expect(await run(4)).toBe(undisturbed);
  });

  it("goes on with a job that still waits for workers, and with the queue behind it", async () => {
    const ids = [await coordinator.submit(spec()), await coordinator.submit(spec())];
    await coordinator.restart();
    await Promise.all(["a", "b"].map((name) => coordinator.join(name, { train: honest })));
    for (const id of ids) expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
  });
});
