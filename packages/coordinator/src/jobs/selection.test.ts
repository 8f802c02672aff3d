import type { JobSpecInput } from "@tributary/federation";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import type { PeerOptions, Training } from "../testing/peer.js";

const names = ["alice", "bob", "carl", "dora"];
const broken: Training = (parameters) =>
  parameters.map((parameter) => ({ ...parameter, values: parameter.values.map(() => Number.NaN) }));

const spec = (cohort: JobSpecInput["cohort"], rounds: number): JobSpecInput => ({
  ...{ model: "lenet5", dataset: "mnist", rounds, evaluation: { every: 0 } },
  cohort,
});

describe("the selection of a cohort", () => {
  let coordinator: LocalCoordinator;
  beforeEach(async () => {
    coordinator = await LocalCoordinator.start();
  });
  afterEach(() => coordinator[Symbol.asyncDispose]());

  const join = (about: (name: string) => Partial<PeerOptions> = () => ({})) =>
    Promise.all(names.map((name, index) => coordinator.join(name, { loss: index + 1, ...about(name) })));

  /** The cohorts of a job, of which each round takes some time; perhaps with another coordinator in the middle of it. */
  async function cohortsOf(input: JobSpecInput, restartAfter?: number): Promise<string[]> {
    const slowly: Training = async (parameters) => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return parameters;
    };
    await join(() => ({ train: slowly }));
    const id = await coordinator.submit(input);
    if (restartAfter !== undefined) {
      await expect
        .poll(async () => (await coordinator.job(id)).round, { interval: 5, timeout: 10_000 })
        .toBeGreaterThanOrEqual(restartAfter);
      await coordinator.restart();
      // Those that come back first can't make a cohort of their own.
      await join(() => ({ train: slowly }));
    }
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    const rounds = await coordinator.rounds(id);
    for (const peer of coordinator.peers.splice(0)) {
      await peer.channel.call("leave", {}).catch(() => {});
      peer.close();
    }
    return rounds.sort((a, b) => a.number - b.number).map(({ cohort }) => cohort.join());
  }

  it.each<NonNullable<JobSpecInput["cohort"]>["selection"]>([
    { kind: "roundRobin" },
    { kind: "powerOfChoice", candidates: 3 },
  ])("is the same after a restart in the middle of the job: $kind", async (selection) => {
    const input = spec({ size: 2, minimum: 4, ...(selection && { selection }) }, 6);
    const undisturbed = await cohortsOf(input);
    expect(new Set(undisturbed).size).toBeGreaterThan(1);
    expect(await cohortsOf(input, 3)).toEqual(undisturbed);
  });

  it("leaves a worker out whose updates are refused, and says so in the audit log", async () => {
    await join((name) => (name === "bob" ? { train: broken } : {}));
    const id = await coordinator.submit(spec({ minimum: 3, exclusion: { refusals: 2, rounds: 2 } }, 5));
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    const rounds = (await coordinator.rounds(id)).sort((a, b) => a.number - b.number);
    expect(rounds.map(({ cohort }) => cohort.includes("bob"))).toEqual([true, true, false, false, true]);
    const { body } = await coordinator.request("GET", `/v1/audit?job=${id}`);
    expect(body.entries.filter(({ action }: { action: string }) => action === "worker.left-out")).toMatchObject([
      { round: 2, details: { worker: "bob", through: 4, refusals: 2, code: "update_not_finite" } },
    ]);
  });

  it("takes a worker back without which there are too few for a round, and says so in the audit log", async () => {
    await join((name) => (name === "bob" ? { train: broken } : {}));
    const id = await coordinator.submit(spec({ minimum: 4, exclusion: { refusals: 2, rounds: 2 } }, 3));
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    const rounds = (await coordinator.rounds(id)).sort((a, b) => a.number - b.number);
    expect(rounds.map(({ cohort }) => cohort.includes("bob"))).toEqual([true, true, true]);
    const { body } = await coordinator.request("GET", `/v1/audit?job=${id}`);
    expect(body.entries.filter(({ action }: { action: string }) => action === "worker.readmitted")).toMatchObject([
      { round: 3, details: { worker: "bob" } },
    ]);
  });

  it("has only workers with the tags that are asked for, and says whom it can't take while it waits", async () => {
    await coordinator.join("alice");
    const id = await coordinator.submit(spec({ tags: ["gpu"] }, 1));
    await expect
      .poll(async () => (await coordinator.job(id)).waitingFor)
      .toEqual({ needed: 1, able: 0, unable: [], unfit: [{ worker: "alice", reason: "has not the tag gpu" }] });
    await coordinator.join("bob", { tags: ["night", "gpu"] });
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    expect((await coordinator.rounds(id)).map(({ cohort }) => cohort)).toEqual([["bob"]]);
  });

  it("refuses a worker whose tags are no words", async () => {
    await expect(coordinator.join("alice", { tags: ["two words"] })).rejects.toMatchObject({ code: "invalid_message" });
  });
});
