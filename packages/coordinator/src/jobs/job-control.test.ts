import type { JobSpecInput } from "@tributary/federation";
import { decodeSafetensors } from "@tributary/nn";
import type { Parameter } from "@tributary/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import type { Peer, Training } from "../testing/peer.js";

const spec = (changes: JobSpecInput | object = {}): JobSpecInput => ({
  ...{ model: "lenet5", dataset: "mnist", rounds: 4 },
  ...{ cohort: { minimum: 2, quorum: 2, deadlineSeconds: 30 }, evaluation: { every: 0 } },
  ...changes,
});

const grow =
  (factor: number): Training =>
  (parameters) =>
    parameters.map(({ name, shape, values }): Parameter => ({ name, shape, values: values.map((x) => x * factor) }));

let coordinator: LocalCoordinator;
beforeEach(async () => {
  coordinator = await LocalCoordinator.start();
});
afterEach(() => coordinator[Symbol.asyncDispose]());

const join = (name: string, options: Parameters<LocalCoordinator["join"]>[1] = {}): Promise<Peer> =>
  coordinator.join(name, { train: grow(name === "a" ? 1.01 : 0.98), samples: name === "a" ? 10 : 30, ...options });

const ask = async (id: string, what: string, body?: unknown) =>
  coordinator.request(what === "" ? "PATCH" : "POST", `/v1/jobs/${id}${what === "" ? "" : `/${what}`}`, body);

const both = () => Promise.all(["a", "b"].map((name) => join(name)));

/** The model that a job comes to when nobody disturbs it. */
async function undisturbed(): Promise<string | undefined> {
  await both();
  const { model } = await coordinator.finished(await coordinator.submit(spec()));
  for (const peer of coordinator.peers.splice(0)) peer.close();
  await expect.poll(async () => (await coordinator.request("GET", "/ready")).body.workers, { timeout: 10_000 }).toBe(0);
  return model?.digest;
}

describe("a job that is paused in the middle of a round", () => {
  it("keeps the update that it has, lets another job run, and comes to the same model when it is resumed", async () => {
    const expected = await undisturbed();
    let asked = 0;
    await join("a");
    // This one never answers before the pause.
    const slow = await join("b", {
      onAssignment: async (assignment, peer) => {
        asked += 1;
        if ((assignment.task?.job ?? "") === paused && asked < 2) return;
        await peer.obey(assignment);
      },
    });
    let paused = "";
    paused = await coordinator.submit(spec());
    await expect.poll(async () => (await coordinator.rounds(paused))[0]?.updates.length).toBe(1);
    expect((await ask(paused, "pause", { reason: "the machines move" })).body).toMatchObject({
      ...{ status: "paused", reason: "the machines move", phase: null, round: 1 },
    });
    expect(slow.aborts.map(({ round }) => round)).toContain(1);

    const other = await coordinator.submit(spec({ rounds: 1, seed: 2 }));
    expect(await coordinator.finished(other)).toMatchObject({ status: "completed" });
    expect(await coordinator.job(paused)).toMatchObject({ status: "paused" });

    // It stays paused, with what it holds, also when the coordinator is started again.
    await coordinator.restart();
    for (const peer of coordinator.peers.splice(0)) peer.close();
    await both();
    expect(await coordinator.job(paused)).toMatchObject({ status: "paused" });
    expect((await ask(paused, "resume")).status).toBe(200);
    expect(await coordinator.finished(paused)).toMatchObject({ status: "completed", model: { digest: expected } });
    const attempts = (await coordinator.rounds(paused)).map(({ number, attempt }) => [number, attempt]);
    expect(attempts).toEqual([1, 2, 3, 4].map((number) => [number, 1]));
  });

  it("can be cancelled, and is not resumed then", async () => {
    const id = await coordinator.submit(spec());
    await ask(id, "pause");
    expect(await coordinator.job(id)).toMatchObject({ status: "paused", reason: "somebody paused it" });
    expect((await ask(id, "cancel")).body).toMatchObject({ status: "cancelled" });
    expect(await ask(id, "resume")).toMatchObject({ status: 409, body: { code: "conflict" } });
    expect(await ask("nothing", "pause")).toMatchObject({ status: 404, body: { code: "not_found" } });
    expect(await ask(id, "pause", { reason: "" })).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  });

  it("that waits in the queue begins when it is resumed", async () => {
    const [first, second] = [await coordinator.submit(spec()), await coordinator.submit(spec({ rounds: 1 }))];
    await ask(second, "pause");
    await both();
    await coordinator.finished(first);
    expect(await coordinator.job(second)).toMatchObject({ status: "paused", round: 0 });
    await ask(second, "resume");
    expect(await coordinator.finished(second)).toMatchObject({ status: "completed", round: 1 });
  });
});

describe("a job that stopped for want of updates", () => {
  it("goes on by itself as often as it may", async () => {
    let asked = 0;
    await join("a", {
      onAssignment: async (assignment, peer) => {
        asked += 1;
        if (asked > 2) await peer.obey(assignment);
        else await peer.send(assignment.task ?? {}, new Uint8Array(3)).catch(() => {});
      },
    });
    const cohort = { minimum: 1, maxAttempts: 1 };
    const id = await coordinator.submit(spec({ rounds: 1, cohort, maxRetries: 2, retryAfterSeconds: 0.1 }));
    expect(await coordinator.stopped(id)).toMatchObject({ status: "completed" });
    const rounds = await coordinator.rounds(id);
    expect(rounds.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, "abandoned"],
      [2, "abandoned"],
      [3, "finished"],
    ]);
  });
});

describe("settings that change while a job runs", () => {
  it("hold from then on: of a round that is under way, too", async () => {
    await join("a");
    await join("b", { onAssignment: async () => {} });
    const cohort = { minimum: 2, deadlineSeconds: 600 };
    const id = await coordinator.submit(spec({ rounds: 2, cohort }));
    await expect.poll(async () => (await coordinator.rounds(id))[0]?.updates.length).toBe(1);
    expect((await ask(id, "", { rounds: 1, cohort: { deadlineSeconds: 0.5 } })).body.spec).toMatchObject({
      ...{ rounds: 1, cohort: { deadlineSeconds: 0.5, minimum: 2 } },
    });
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed", round: 1 });
  });

  it("say how cohorts are drawn and what ends the job, and are the same after a restart", async () => {
    const joinAll = async () => {
      await coordinator.join("eve", { role: "evaluate" });
      await both();
    };
    const stop = { patience: { rounds: 1 }, accuracy: 1 };
    const id = await coordinator.submit(spec({ rounds: 1_000, cohort: { size: 1, minimum: 2 }, evaluation: {}, stop }));
    const changes = {
      cohort: { selection: { kind: "roundRobin" }, exclusion: { refusals: 2, rounds: 3 } },
      stop: { patience: { metric: "loss", rounds: 5 }, accuracy: null, budgetBytes: 50_000_000 },
    };
    expect((await ask(id, "", changes)).body.spec).toMatchObject({
      cohort: { ...changes.cohort, size: 1 },
      stop: { patience: { metric: "loss", rounds: 5, minimumDelta: 0 }, budgetBytes: 50_000_000 },
    });
    const { body } = await ask(id, "", { stop: { budgetBytes: null } });
    expect(body.spec.stop).toEqual({ patience: { metric: "loss", rounds: 5, minimumDelta: 0 } });
    await coordinator.restart();
    await joinAll();
    // The evaluator says the same of each model: the first one is the best.
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed", reason: "patience", round: 6 });
    const cohorts = (await coordinator.rounds(id)).map(({ cohort }) => cohort.join());
    for (const name of ["a", "b"]) expect(cohorts.filter((cohort) => cohort === name)).toHaveLength(3);
  });

  it("end a job by the clock that had none, which counts from then", async () => {
    const slowly: Training = async (parameters) => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return parameters;
    };
    const slow = () => Promise.all(["a", "b"].map((name) => join(name, { train: slowly })));
    await slow();
    const id = await coordinator.submit(spec({ rounds: 1_000 }));
    await expect.poll(async () => (await coordinator.job(id)).round, { timeout: 10_000 }).toBeGreaterThan(2);
    const began = Date.now();
    await ask(id, "", { stop: { wallClockSeconds: 1 } });
    await coordinator.restart();
    await slow();
    const { status, reason, finishedAt } = await coordinator.finished(id);
    expect({ status, reason }).toEqual({ status: "completed", reason: "wallClock" });
    expect(Date.parse(finishedAt ?? "") - began).toBeGreaterThanOrEqual(1_000);
  });

  it.each([
    [{ stop: { patience: { rounds: 2 } } }, /stop[.]patience: needs evaluation[.]every/],
    [{ stop: { wallClockSeconds: 0 } }, /stop[.]wallClockSeconds/],
    [{ rounds: null }, /rounds/],
    [{ cohort: { quorum: 0 } }, /cohort[.]quorum/],
    [{ cohort: { quorum: 2 } }, /cohort[.]quorum/],
    [{ training: { epochs: 2 } }, /training/],
    [{ personalisation: { deadlineSeconds: 5 } }, /personalisation: the job makes no models/],
    [{}, /no setting/],
  ])("are refused when they make no sense: %j", async (changes, detail) => {
    const id = await coordinator.submit(spec({ cohort: { size: 1 } }));
    const { status, body } = await ask(id, "", changes);
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: "invalid_job_spec", detail: expect.stringMatching(detail) });
  });
});

describe("a job that goes on from another one's version", () => {
  it("counts the rounds on, and comes to the model that the other came to", async () => {
    await both();
    const first = await coordinator.submit(spec());
    const { model } = await coordinator.finished(first);
    const second = await coordinator.submit(spec({ from: { job: first, round: 2 } }));
    expect(await coordinator.finished(second)).toMatchObject({ status: "completed", model: { digest: model?.digest } });
    expect((await coordinator.rounds(second)).map(({ number }) => number)).toEqual([3, 4]);
  });

  it("begins anew at both ends where workers keep vectors: FedDyn", async () => {
    // Every update makes the model 1.01 times as large. With h = 0 before it, the server makes 1.02 of it, whatever α is.
    await join("a");
    const largest = async (id: string) => {
      const response = await fetch(`${coordinator.url}/v1/jobs/${id}/models/latest.safetensors`, {
        headers: { authorization: `Bearer ${coordinator.tokens.admin}` },
      });
      const model = decodeSafetensors(new Uint8Array(await response.arrayBuffer()));
      return Math.max(...model.flatMap(({ values }) => [...values]));
    };
    const job = { strategy: { kind: "feddyn", alpha: 0.5 }, cohort: { minimum: 1 } };
    const first = await coordinator.submit(spec({ ...job, rounds: 1 }));
    await coordinator.finished(first);
    const second = await coordinator.submit(spec({ ...job, rounds: 2, from: { job: first, round: 1 } }));
    expect(await coordinator.finished(second)).toMatchObject({ status: "completed" });
    expect((await largest(second)) / (await largest(first))).toBeCloseTo(1.02, 5);
  });

  it("needs one that is there, of the same network, with rounds left", async () => {
    await both();
    const first = await coordinator.submit(spec({ rounds: 1 }));
    await coordinator.finished(first);
    const refusal = async (changes: object) => (await coordinator.request("POST", "/v1/jobs", spec(changes))).body.code;
    expect(await refusal({ from: { job: "nothing", round: 1 } })).toBe("not_found");
    expect(await refusal({ from: { job: first, round: 3 } })).toBe("not_found");
    expect(await refusal({ from: { job: first, round: 1 }, rounds: 1 })).toBe("invalid_job_spec");
    expect(await refusal({ from: { job: first, round: 1 }, model: "mcmahan-2nn" })).toBe("parameters_mismatch");
  });
});

describe("a round that asks more workers than it needs", () => {
  it("ends when enough have answered; one that is late is refused, and counted once", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const late: unknown[] = [];
    const patient =
      (train: Training): Training =>
      async (parameters, round) => {
        if (round > 1) await expect.poll(() => late.length, { timeout: 10_000 }).toBe(2);
        return train(parameters, round);
      };
    await Promise.all(["a", "b"].map((name) => join(name, { train: patient(grow(1.01)) })));
    await join("c", {
      onAssignment: async ({ task }, peer) => {
        if (!task || (task.round ?? 0) > 1) return;
        const bytes = await peer.download(task);
        await held;
        for (let time = 0; time < 2; time++)
          late.push(await peer.send(task, bytes).catch((error: { code: string }) => error.code));
      },
    });
    const cohort = { size: 2, overSelection: 1.3, minimum: 3, quorum: 2, deadlineSeconds: 30 };
    const id = await coordinator.submit(spec({ rounds: 2, cohort }));
    await expect.poll(async () => (await coordinator.job(id)).round).toBe(2);
    release();
    await coordinator.finished(id);
    const [first] = await coordinator.rounds(id);
    expect(first).toMatchObject({ status: "finished", cohort: ["a", "b", "c"] });
    expect(first?.updates.map(({ worker }) => worker).sort()).toEqual(["a", "b"]);
    expect(late).toEqual(["round_closed", "round_closed"]);
    expect(first?.refusals).toEqual([expect.objectContaining({ worker: "c", code: "round_closed" })]);
  });
});
