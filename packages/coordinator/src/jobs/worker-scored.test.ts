import { readFile } from "node:fs/promises";
import type { JobSpecInput } from "@tributary/federation";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packageFolder } from "../package-folder.js";
import { openPglite } from "../store/open-pglite.js";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import type { Peer } from "../testing/peer.js";

const ROUNDS = 4;
const job: JobSpecInput = {
  ...{ model: "logistic", dataset: "mnist", rounds: ROUNDS, cohort: { minimum: 2 } },
  evaluation: { workers: { validationFraction: 0.2, minimumSamples: 1 }, every: 1 },
};

let coordinator: LocalCoordinator;
beforeEach(async () => {
  coordinator = await LocalCoordinator.start();
});
afterEach(() => coordinator[Symbol.asyncDispose]());

/** A worker that says of the model of round `n` what stands at `n - 1`. */
const join = (name: string, samples: number, accuracies: readonly number[], silentFrom = ROUNDS + 1): Promise<Peer> =>
  coordinator.join(name, {
    samples,
    onAssignment: async (assignment, peer) => {
      const { task, validating } = assignment;
      if (!validating || !task) return peer.obey(assignment);
      const round = task.round ?? 0;
      if (round >= silentFrom) return;
      const place = { job: task.job ?? "", round, attempt: task.attempt ?? 0 };
      const accuracy = accuracies[round - 1] ?? 0;
      await peer.channel.call("validation", { ...place, samples: samples / 5, score: { loss: 1 / round, accuracy } });
    },
  });

const metric = async (name: string, id: string): Promise<number> => {
  const text: string = (await coordinator.request("GET", "/metrics")).body;
  return Number(new RegExp(`^${name}\\{job="${id}"\\} (.*)$`, "m").exec(text)?.[1]);
};

describe("a job that workers score, without an evaluator", () => {
  it("has the weighted means of its rounds as its line, its best and its gauges", async () => {
    await join("alice", 100, [0.2, 0.9, 0.3, 0.4]);
    await join("bob", 300, [0.6, 0.7, 0.1, 0.5]);
    const id = await coordinator.submit(job);
    const view = await coordinator.finished(id);
    expect(view).toMatchObject({ accuracy: expect.closeTo(0.475), bestAccuracy: expect.closeTo(0.75) });
    const rounds = await coordinator.rounds(id);
    const { body } = await coordinator.request("GET", `/v1/jobs/${id}/series`);
    for (const figure of ["accuracy", "loss"] as const) {
      const line = body.lines.find((line: { metric: string }) => line.metric === figure);
      expect(line.points.map(([round, , value]: number[]) => [round, value])).toEqual(
        // The same bits.
        rounds.map(({ number, validation }) => [number, validation?.summary[figure].mean]),
      );
    }
    expect(body.bestAccuracy).toBe(view.bestAccuracy);
    expect(await metric("tributary_job_accuracy_ratio", id)).toBe(view.accuracy);
    expect(await metric("tributary_job_loss", id)).toBeCloseTo(1 / ROUNDS);
  });

  it("keeps its best over a restart, and does not take the word of some workers for that of all", async () => {
    const [alice, bob] = [[0.2, 0.2, 1, 0.2] as const, [0.4, 0.2, 0.2, 0.2] as const];
    await join("alice", 100, alice);
    await join("bob", 300, bob, 3);
    const id = await coordinator.submit(job);
    // Alice has told of round 3, and Bob is waited for.
    await expect
      .poll(async () => (await coordinator.rounds(id))[2]?.validation?.workers.length, { timeout: 20_000 })
      .toBe(1);
    expect(await coordinator.job(id)).toMatchObject({
      ...{ accuracy: expect.closeTo(0.2), bestAccuracy: expect.closeTo(0.35) },
    });
    await coordinator.restart();
    expect((await coordinator.job(id)).bestAccuracy).toBeCloseTo(0.35);
    await join("alice", 100, alice);
    await join("bob", 300, bob);
    const view = await coordinator.finished(id);
    expect(view).toMatchObject({ accuracy: expect.closeTo(0.2), bestAccuracy: expect.closeTo(0.4) });
    const list = (await coordinator.request("GET", "/v1/jobs")).body.jobs;
    expect(list[0].bestAccuracy).toBe(view.bestAccuracy);
  });

  it("gets its best from what is stored, where it was made before there was one", async () => {
    await join("alice", 100, [0.2, 0.9, 0.3, 0.4]);
    await join("bob", 300, [0.6, 0.7, 0.1, 0.5]);
    const byWorkers = await coordinator.submit(job);
    await coordinator.finished(byWorkers);
    await coordinator.join("judge", { role: "evaluate", accuracy: 0.25 });
    const byBoth = await coordinator.submit(job);
    await coordinator.finished(byBoth);
    const before = await Promise.all([byWorkers, byBoth].map((id) => coordinator.job(id)));
    expect(before.map(({ bestAccuracy }) => bestAccuracy)).toEqual([expect.closeTo(0.75), 0.25]);
    await coordinator.stop();
    const migration = await readFile(`${packageFolder}/migrations/0010_best.sql`, "utf8");
    const filling = migration.split("--> statement-breakpoint").find((part) => part.trim().startsWith("UPDATE"));
    const { db, close } = await openPglite(`${coordinator.folder}/db`, () => {});
    await db.execute("update jobs set best_accuracy = null");
    await db.execute(filling ?? "");
    await close();
    await coordinator.restart();
    for (const { id, bestAccuracy } of before)
      expect((await coordinator.job(id)).bestAccuracy).toBeCloseTo(bestAccuracy ?? 0, 12);
  });
});
