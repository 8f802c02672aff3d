import type { v1 } from "@tributary/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import type { Peer, PeerOptions } from "../testing/peer.js";

let coordinator: LocalCoordinator;
beforeEach(async () => {
  coordinator = await LocalCoordinator.start();
});
afterEach(() => coordinator[Symbol.asyncDispose]());

const placeOf = ({ job, round, attempt }: v1.Task.$Properties) => ({
  ...{ job: job ?? "", round: round ?? 0, attempt: attempt ?? 0 },
});

/** A peer that scores every model with this loss, and its own one with that. */
const scoring = (loss: number, personal = 0.5): Partial<PeerOptions> => ({
  async onAssignment(assignment: v1.Assignment, peer: Peer) {
    const { task, evaluating, validating } = assignment;
    if (evaluating && task) {
      const confusion = new Array<number>(100).fill(0);
      const report = { subject: evaluating.subject ?? "", samples: 10, loss, accuracy: 0.5, confusion };
      await peer.channel.call("evaluation", { ...placeOf(task), ...report });
    } else if (validating && task) {
      const { samples = 0 } = peer.scores(validating);
      const own = validating.personalising ? { personal: { loss: personal, accuracy: 0.5 } } : {};
      await peer.channel.call("validation", { ...placeOf(task), samples, score: { loss, accuracy: 0.5 }, ...own });
    } else await peer.obey(assignment);
  },
});

const isReadable = async (id: string): Promise<void> => {
  for (const page of ["rounds", "series"])
    expect(await coordinator.request("GET", `/v1/jobs/${id}/${page}`)).toMatchObject({ status: 200 });
};

const workers = { validationFraction: 0.2, minimumSamples: 1 };
const refusalsOf = async (id: string): Promise<string[]> =>
  (await coordinator.rounds(id)).flatMap(({ refusals }) => refusals.map(({ worker, code }) => `${worker} ${code}`));

describe.each([1e200, 1.7e308])("a loss of %d, which no float32 can be", (large) => {
  it("is refused as a training loss, and the rounds stay readable", async () => {
    await coordinator.join("alice");
    await coordinator.join("mallory", { loss: large });
    const id = await coordinator.submit({
      ...{ model: "logistic", dataset: "mnist", rounds: 1, cohort: { minimum: 2, minimumFraction: 0.5 } },
      evaluation: { every: 0 },
    });
    await coordinator.finished(id);
    expect(await refusalsOf(id)).toEqual(["mallory invalid_message"]);
    await isReadable(id);
  });

  it("is refused as a score of a worker or of an evaluator, at once", async () => {
    await coordinator.join("alice");
    await coordinator.join("mallory", scoring(large));
    await coordinator.join("mallet", scoring(large));
    await coordinator.join("judge", { role: "evaluate", ...scoring(large) });
    const id = await coordinator.submit({
      ...{ model: "logistic", dataset: "mnist", rounds: 1, cohort: { minimum: 3 } },
      evaluation: { workers, every: 1 },
    });
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed", accuracy: 0.5 });
    expect((await refusalsOf(id)).sort()).toEqual([
      ...["judge update_not_finite", "mallet update_not_finite", "mallory update_not_finite"],
    ]);
    await isReadable(id);
  });

  it("is refused as a score of a worker's own model", async () => {
    await coordinator.join("alice");
    await coordinator.join("mallory", scoring(0.5, large));
    const id = await coordinator.submit({
      ...{ model: "logistic", dataset: "mnist", rounds: 1, cohort: { minimum: 2 } },
      ...{ evaluation: { workers, every: 1 }, personalisation: { epochs: 1 } },
    });
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    expect(await refusalsOf(id)).toEqual(["mallory update_not_finite"]);
    await isReadable(id);
  });
});

it("refuses at once what an evaluator says that makes no sense", async () => {
  await coordinator.join("alice");
  const nonsense = async ({ task }: v1.Assignment, peer: Peer) => {
    const confusion = new Array<number>(100).fill(0);
    const report = { subject: "", samples: 2 ** 50, loss: 1, accuracy: 0.5, confusion };
    if (task) await peer.channel.call("evaluation", { ...placeOf(task), ...report });
  };
  await coordinator.join("judge", { role: "evaluate", onAssignment: nonsense });
  const id = await coordinator.submit({ model: "logistic", dataset: "mnist", rounds: 1 });
  expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
  expect(await refusalsOf(id)).toEqual(["judge invalid_message"]);
});
