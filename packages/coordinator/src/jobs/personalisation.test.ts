import type { JobSpecInput } from "@tributary/federation";
import { decodeSafetensors, Flatten, Linear, sequential, trace } from "@tributary/nn";
import type { v1 } from "@tributary/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import type { Peer, PeerOptions } from "../testing/peer.js";

const graph = trace(sequential(new Flatten(), new Linear(784, 10)), [1, 28, 28]);
const job = (change: Partial<JobSpecInput> = {}): JobSpecInput => ({
  ...{ model: { graph: { ...graph } }, dataset: "mnist", rounds: 2, cohort: { minimum: 2 } },
  evaluation: { workers: { validationFraction: 0.2 }, deadlineSeconds: 2 },
  ...change,
});
/** A fifth is held back, where it is at least so many samples. */
const fifth = (minimumSamples: number) => ({ validationFraction: 0.2, minimumSamples });
const personal = (change: Partial<JobSpecInput> = {}): JobSpecInput => job({ personalisation: {}, ...change });

/** Answers but to what it is told to keep silent on. */
const butFor =
  (isWanted: (assignment: v1.Assignment) => boolean): NonNullable<PeerOptions["onAssignment"]> =>
  async (assignment, peer) => {
    if (isWanted(assignment)) await peer.obey(assignment);
  };

/** Says that it has too few samples when it is to score models. */
const lacking: NonNullable<PeerOptions["onAssignment"]> = async (assignment, peer) => {
  const { task, validating } = assignment;
  if (!validating || !task) return peer.obey(assignment);
  const place = { job: task.job ?? "", round: task.round ?? 0, attempt: task.attempt ?? 0 };
  const kind = validating.personalising ? "personalising" : "validating";
  const error = { code: "too_few_samples", message: "9 samples are too few" };
  await peer.channel.call("failure", { ...place, kind, error });
};

const isPersonal = ({ validating }: v1.Assignment): boolean => validating?.personalising != null;

let coordinator: LocalCoordinator;
beforeEach(async () => {
  coordinator = await LocalCoordinator.start();
});
afterEach(() => coordinator[Symbol.asyncDispose]());

const alice = (options: Partial<PeerOptions> = {}) =>
  coordinator.join("alice", { samples: 100, accuracy: 0.5, personalAccuracy: 0.9, ...options });
const bob = (options: Partial<PeerOptions> = {}) =>
  coordinator.join("bob", { samples: 300, accuracy: 0.7, personalAccuracy: 0.8, ...options });

const accuracy = { deviation: expect.closeTo(0.1), minimum: 0.5, maximum: 0.7, worst: 0.5, mean: expect.closeTo(0.65) };

describe("workers that score the global model", () => {
  it("are asked after each round, without an evaluator, and what they say is in the round and decides of the job", async () => {
    await Promise.all([alice(), bob()]);
    const id = await coordinator.submit(job({ rounds: 5, stop: { accuracy: 0.65 } }));
    const view = await coordinator.finished(id);
    expect(view).toMatchObject({ status: "completed", reason: "accuracy", round: 1, accuracy: 0.65 });
    const [round] = await coordinator.rounds(id);
    expect(round).toMatchObject({ evaluation: null, personalisation: null, status: "finished" });
    expect(round?.validation?.workers).toEqual([
      { worker: "alice", samples: 20, loss: 1, accuracy: 0.5 },
      { worker: "bob", samples: 60, loss: 1, accuracy: 0.7 },
    ]);
    expect(round?.validation?.summary).toMatchObject({ workers: 2, samples: 80, accuracy });
    expect(round?.timings.evaluationMs).not.toBeNull();
    const actions = (await coordinator.request("GET", "/v1/audit")).body;
    expect(JSON.stringify(actions)).toContain("validation.reported");
  });

  it("are told what they hold back when they train", async () => {
    const peers = await Promise.all([alice(), bob()]);
    await coordinator.finished(await coordinator.submit(job({ rounds: 1 })));
    for (const { assignments } of peers) {
      const [training] = assignments.flatMap(({ training }) => training ?? []);
      expect(training?.holdout).toMatchObject({ fraction: 0.2, minimum: 1 });
    }
  });

  it("weigh as much as they train on: what they hold back does not count", async () => {
    const sends = (value: number): Partial<PeerOptions> => ({
      train: (parameters) => parameters.map((one) => ({ ...one, values: one.values.map(() => value) })),
    });
    await Promise.all([alice(sends(1)), bob(sends(0))]);
    // Of 100 samples they are 20, which are too few; of 300, 60.
    const id = await coordinator.submit(job({ rounds: 1, evaluation: { workers: fifth(30) } }));
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    const [round] = await coordinator.rounds(id);
    expect(round?.updates.map(({ worker, samples }) => `${worker} ${samples}`).sort()).toEqual([
      "alice 100",
      "bob 240",
    ]);
    const response = await fetch(`${coordinator.url}/v1/jobs/${id}/models/latest.safetensors`, {
      headers: { authorization: `Bearer ${coordinator.tokens.admin}` },
    });
    const [
      {
        values: [mean],
      } = expect.unreachable(),
    ] = decodeSafetensors(new Uint8Array(await response.arrayBuffer()));
    expect(mean).toBeCloseTo(100 / 340, 6);
  });

  it.each([{ kind: "fedavg" as const }, { kind: "fedbuff" as const, bufferSize: 2 }])(
    "are refused with an update of all samples, with %o",
    async (strategy) => {
      const all = async ({ task, training }: v1.Assignment, peer: Peer) => {
        if (task && training) await peer.send(task, await peer.download(task), { samples: 100 });
      };
      const [peer] = await Promise.all([alice({ onAssignment: all }), bob()]);
      await coordinator.submit(job({ strategy }));
      await expect
        .poll(() => peer.outcomes[0])
        .toMatchObject({
          ...{ code: "sample_count_invalid", message: "the update says 100 samples, and the worker trains on 80" },
        });
    },
  );

  it("are left out, with the reason, when they hold too few samples, tell nonsense, or are silent", async () => {
    const says = (change: v1.Validation.$Properties): Partial<PeerOptions> => ({
      async onAssignment(assignment, peer) {
        const { task, validating } = assignment;
        if (!validating || !task) return peer.obey(assignment);
        const place = { job: task.job ?? "", round: task.round ?? 0, attempt: task.attempt ?? 0 };
        await peer.channel.call("validation", { ...place, ...peer.scores(validating), ...change });
      },
    });
    await Promise.all([
      alice(),
      coordinator.join("carol", { onAssignment: lacking }),
      coordinator.join("dave", says({ samples: 21 })),
      coordinator.join("erin", says({ score: { loss: Number.NaN, accuracy: 1 } })),
      coordinator.join("frank", says({ score: { loss: 1, accuracy: 1.5 } })),
      coordinator.join("grace", { onAssignment: butFor(({ validating }) => !validating) }),
    ]);
    const id = await coordinator.submit(job({ rounds: 1, cohort: { minimum: 6 } }));
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed", accuracy: 0.5 });
    const [round] = await coordinator.rounds(id);
    expect(round?.validation?.workers.map(({ worker }) => worker)).toEqual(["alice"]);
    expect(round?.refusals.map(({ worker, code }) => `${worker} ${code}`).sort()).toEqual([
      "carol too_few_samples",
      "dave sample_count_invalid",
      "erin update_not_finite",
      "frank invalid_message",
    ]);
    expect(round?.updates).toHaveLength(6);
  });

  it("train on in an asynchronous job when their scores came to nothing before the deadline", async () => {
    await Promise.all([alice(), bob({ onAssignment: butFor(({ validating }) => !validating) })]);
    const strategy = { kind: "fedbuff" as const, bufferSize: 2 };
    const evaluation = { workers: {}, deadlineSeconds: 0.5 };
    const id = await coordinator.submit(job({ rounds: 3, strategy, evaluation }));
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed", reason: "rounds" });
    const rounds = await coordinator.rounds(id);
    expect(rounds.map(({ validation }) => validation?.workers.map(({ worker }) => worker))).toEqual([
      ["alice"],
      ["alice"],
      ["alice"],
    ]);
  });

  it("are asked in an asynchronous job also when their training of that round is overdue", async () => {
    const idle = butFor(({ training }) => !training);
    const [, , carol] = await Promise.all([
      alice(),
      bob(),
      coordinator.join("carol", { samples: 100, onAssignment: idle }),
    ]);
    const id = await coordinator.submit(
      job({
        ...{ rounds: 1, strategy: { kind: "fedbuff", bufferSize: 2 } },
        ...{ cohort: { minimum: 3, deadlineSeconds: 1 }, evaluation: { workers: {}, deadlineSeconds: 600 } },
      }),
    );
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed", reason: "rounds" });
    expect(carol.aborts).toHaveLength(1);
    const [round] = await coordinator.rounds(id);
    expect(round?.validation?.workers.map(({ worker }) => worker)).toEqual(["alice", "bob", "carol"]);
  });

  it("are refused when nobody asked them, in the wrong phase, or as an evaluator", async () => {
    const eve = await coordinator.join("eve", { role: "evaluate" });
    const silent = { onAssignment: butFor(({ validating }) => !validating) };
    const [peer] = await Promise.all([alice(silent), bob(silent)]);
    const id = await coordinator.submit(job({ rounds: 1 }));
    await expect.poll(() => peer.assignments.some(({ validating }) => validating)).toBe(true);
    const place = { job: id, round: 1, attempt: 1, samples: 20, score: { loss: 1, accuracy: 0.5 } };
    const refused = (code: string) => expect.objectContaining({ code });
    await expect(eve.channel.call("validation", place)).rejects.toEqual(refused("not_in_cohort"));
    await expect(peer.channel.call("validation", { ...place, round: 2 })).rejects.toEqual(refused("round_closed"));
    const early = { ...place, personal: { loss: 1, accuracy: 1 } };
    await expect(peer.channel.call("validation", early)).rejects.toEqual(refused("round_closed"));
    expect(await peer.channel.call("validation", place)).toEqual({});
    expect(await peer.channel.call("validation", place)).toEqual({});
    await coordinator.finished(id);
    const [round] = await coordinator.rounds(id);
    expect(round?.validation?.workers).toHaveLength(1);
  });
});

describe("workers with a model of their own in the end", () => {
  it("tell how it does against the global one, which is in the last round", async () => {
    const peers = await Promise.all([alice(), bob()]);
    const id = await coordinator.submit(
      personal({ personalisation: { epochs: 3, layers: ["1.*"], learningRate: 0.5 } }),
    );
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed", reason: "rounds", round: 2 });
    const [first, last] = await coordinator.rounds(id);
    expect(first?.personalisation).toBeNull();
    expect(last?.validation?.summary.accuracy).toMatchObject(accuracy);
    expect(last?.personalisation?.workers).toEqual([
      { worker: "alice", samples: 20, global: { loss: 1, accuracy: 0.5 }, personal: { loss: 0.5, accuracy: 0.9 } },
      { worker: "bob", samples: 60, global: { loss: 1, accuracy: 0.7 }, personal: { loss: 0.5, accuracy: 0.8 } },
    ]);
    expect(last?.personalisation?.global.accuracy).toMatchObject(accuracy);
    expect(last?.personalisation?.personal.accuracy.mean).toBeCloseTo(0.825, 12);
    const asked = peers[0].assignments.find(isPersonal)?.validating?.personalising;
    expect(asked).toMatchObject({ layers: ["1.*"], settings: { epochs: 3, learningRate: 0.5, batchSize: 32 } });
  });

  it("are asked again, and others not, when the coordinator was restarted meanwhile", async () => {
    const [, silent] = await Promise.all([alice(), bob({ onAssignment: butFor((asked) => !isPersonal(asked)) })]);
    const id = await coordinator.submit(personal());
    const told = async () =>
      (await coordinator.rounds(id)).at(-1)?.personalisation?.workers.map(({ worker }) => worker);
    await expect.poll(told).toEqual(["alice"]);
    expect(await coordinator.job(id)).toMatchObject({ status: "running", phase: "personalising", round: 2 });
    expect((await coordinator.rounds(id)).at(-1)?.status).toBe("personalising");
    const { digest } = (await coordinator.job(id)).model ?? expect.unreachable();
    silent.close();
    await coordinator.restart();
    const [again] = await Promise.all([alice(), bob()]);
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed", reason: "rounds", model: { digest } });
    expect(await told()).toEqual(["alice", "bob"]);
    expect(again.assignments).toEqual([]);
  });

  it("hold nobody up when they are gone: their deadline ends the job", async () => {
    const leaves = async (assignment: v1.Assignment, peer: Peer) =>
      isPersonal(assignment) ? peer.close() : peer.obey(assignment);
    await Promise.all([alice(), bob({ onAssignment: leaves })]);
    const id = await coordinator.submit(personal({ personalisation: { deadlineSeconds: 0.5 } }));
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed", reason: "rounds" });
    const last = (await coordinator.rounds(id)).at(-1);
    expect(last?.personalisation?.workers.map(({ worker }) => worker)).toEqual(["alice"]);
  });

  it("make it also when their score of the last round did not come in time", async () => {
    const silent = butFor((asked) => !asked.validating || isPersonal(asked));
    const [, peer] = await Promise.all([alice(), bob({ onAssignment: silent })]);
    const id = await coordinator.submit(personal({ rounds: 1 }));
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed", reason: "rounds" });
    expect(peer.aborts).toHaveLength(1);
    const [round] = await coordinator.rounds(id);
    expect(round?.validation?.workers.map(({ worker }) => worker)).toEqual(["alice"]);
    expect(round?.personalisation?.workers.map(({ worker }) => worker)).toEqual(["alice", "bob"]);
  });

  it("make it also when their training of an asynchronous job is called off at the end", async () => {
    const idle = butFor(({ training }) => !training);
    const [, , carol] = await Promise.all([
      alice(),
      bob(),
      coordinator.join("carol", { samples: 100, onAssignment: idle }),
    ]);
    const strategy = { kind: "fedbuff" as const, bufferSize: 2 };
    const id = await coordinator.submit(personal({ rounds: 1, strategy, cohort: { minimum: 3 } }));
    expect(await coordinator.finished(id, 10_000)).toMatchObject({ status: "completed", reason: "rounds" });
    // Of its training, and of its score of the round.
    expect(carol.aborts).toHaveLength(2);
    const last = (await coordinator.rounds(id)).at(-1);
    expect(last?.personalisation?.workers.map(({ worker }) => worker)).toEqual(["alice", "bob", "carol"]);
  });

  it("are left out, with the reason once, when they hold too few samples", async () => {
    await Promise.all([alice(), bob({ samples: 4, onAssignment: lacking })]);
    const id = await coordinator.submit(personal({ rounds: 1 }));
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed", reason: "rounds" });
    const [round] = await coordinator.rounds(id);
    expect(round?.refusals.map(({ worker, code }) => `${worker} ${code}`)).toEqual(["bob too_few_samples"]);
    expect(round?.personalisation?.workers.map(({ worker }) => worker)).toEqual(["alice"]);
  });

  it("are waited for no longer than a deadline that was changed meanwhile", async () => {
    await Promise.all([alice(), bob({ onAssignment: butFor((asked) => !isPersonal(asked)) })]);
    const id = await coordinator.submit(personal({ personalisation: { deadlineSeconds: 600, epochs: 2 } }));
    await expect.poll(async () => (await coordinator.job(id)).phase).toBe("personalising");
    const sooner = { personalisation: { deadlineSeconds: 0.5 } };
    const { status, body } = await coordinator.request("PATCH", `/v1/jobs/${id}`, sooner);
    expect(status).toBe(200);
    expect(body.spec.personalisation).toEqual({ deadlineSeconds: 0.5, epochs: 2 });
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed", reason: "rounds" });
    const last = (await coordinator.rounds(id)).at(-1);
    expect(last?.personalisation?.workers.map(({ worker }) => worker)).toEqual(["alice"]);
  });

  it("go on after a pause with what is owed", async () => {
    let isAwake = false;
    const [, peer] = await Promise.all([
      alice(),
      bob({ onAssignment: butFor((asked) => isAwake || !isPersonal(asked)) }),
    ]);
    const id = await coordinator.submit(personal());
    await expect.poll(() => peer.assignments.some(isPersonal)).toBe(true);
    await coordinator.request("POST", `/v1/jobs/${id}/pause`, {});
    expect(await coordinator.stopped(id)).toMatchObject({ status: "paused" });
    expect(peer.aborts).toHaveLength(1);
    isAwake = true;
    await coordinator.request("POST", `/v1/jobs/${id}/resume`);
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed", reason: "rounds" });
    expect((await coordinator.rounds(id)).at(-1)?.personalisation?.workers).toHaveLength(2);
  });
});
