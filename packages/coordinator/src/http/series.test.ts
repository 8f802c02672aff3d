import type { JobSeries } from "@tributary/federation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { everySo } from "../store/job-series.js";
import { LocalCoordinator } from "../testing/local-coordinator.js";

const ROUNDS = 60;
let coordinator: LocalCoordinator;
let job: string;
const series = async (query = ""): Promise<JobSeries> =>
  (await coordinator.request("GET", `/v1/jobs/${job}/series${query}`)).body;

beforeAll(async () => {
  coordinator = await LocalCoordinator.start();
  let said = 0;
  for (const name of ["bob", "alice"]) await coordinator.join(name, { loss: name === "bob" ? 2 : 1 });
  await coordinator.join("judge", {
    role: "evaluate",
    onAssignment: async ({ task, evaluating }, peer) => {
      said += 1;
      const place = { job: task?.job ?? "", round: task?.round ?? 0, attempt: task?.attempt ?? 0 };
      const accuracy = said === 31 ? 0.99 : said / 100;
      const confusion = new Array<number>(100).fill(0);
      const subject = evaluating?.subject ?? "";
      await peer.channel.call("evaluation", { ...place, subject, samples: 10, loss: 1 / said, accuracy, confusion });
    },
  });
  job = await coordinator.submit({
    ...{ model: "logistic", dataset: "mnist", rounds: ROUNDS, cohort: { minimum: 2 }, evaluation: { every: 1 } },
  });
  await coordinator.finished(job);
});
afterAll(() => coordinator[Symbol.asyncDispose]());

describe("the series of a job", () => {
  it("has every round of a short job, at the second when it ended", async () => {
    const { lines, ...totals } = await series();
    const rounds = await coordinator.rounds(job);
    expect(totals).toEqual({
      through: ROUNDS,
      attempts: ROUNDS,
      bytesDown: rounds.reduce((sum, { bytesDown }) => sum + bytesDown, 0),
      bytesUp: rounds.reduce((sum, { bytesUp }) => sum + bytesUp, 0),
      bestAccuracy: 0.99,
      workers: [],
    });
    const { startedAt } = await coordinator.job(job);
    const seconds = (at: string | null) => (Date.parse(at ?? "") - Date.parse(startedAt ?? "")) / 1_000;
    for (const metric of ["accuracy", "loss"] as const)
      expect(lines.find((line) => line.metric === metric)).toEqual({
        ...{ subject: "", metric },
        points: rounds.map(({ number, finishedAt, evaluation }) => [number, seconds(finishedAt), evaluation?.[metric]]),
      });
    expect(lines).toHaveLength(2);
  });

  it("has few points of many rounds, and the best and the worst are among them", async () => {
    const { lines, bestAccuracy } = await series("?points=8");
    expect(bestAccuracy).toBe(0.99);
    for (const { points, metric } of lines) {
      expect(points.length).toBeLessThanOrEqual(8);
      expect(points.at(0)?.[0]).toBe(1);
      expect(points.at(-1)?.[0]).toBe(ROUNDS);
      if (metric === "accuracy") expect(points.some(([round, , value]) => round === 31 && value === 0.99)).toBe(true);
    }
  });

  it("has the first workers by name, when they are asked for", async () => {
    const { lines } = await series("?points=10&workers=1");
    expect(lines.map(({ subject, metric }) => `${subject} ${metric}`)).toEqual([
      ...[" accuracy", " loss", "alice accuracy", "alice loss"],
    ]);
    expect(lines.at(-1)?.points.map(([round, , value]) => [round, value])).toEqual(
      everySo(ROUNDS, 10).map((round) => [round, 1]),
    );
    expect((await series("?workers=20")).lines).toHaveLength(6);
  });

  it("has the workers that are asked for by name, and tells whom there are and how good they were last", async () => {
    const { lines, workers } = await series("?points=10&names=bob,nobody");
    expect(lines.map(({ subject }) => subject)).toEqual(["", "", "bob", "bob"]);
    expect(lines.at(-1)?.points.map(([, , value]) => value)).toEqual(Array(10).fill(2));
    expect(workers).toEqual([
      { name: "alice", loss: 1 },
      { name: "bob", loss: 2 },
    ]);
    expect((await series("?workers=1&names=alice,bob")).lines).toHaveLength(6);
  });

  it.each(["?points=3", "?points=4001", "?points=x", "?workers=21", "?workers=-1", "?names=", "?names=a,,b"])(
    "refuses %s",
    async (query) => {
      const { status, body } = await coordinator.request("GET", `/v1/jobs/${job}/series${query}`);
      expect([status, body.code]).toEqual([400, "invalid_request"]);
    },
  );

  it("of a job that has not begun has nothing in it", async () => {
    const id = await coordinator.submit({ model: "logistic", dataset: "mnist", rounds: 1, cohort: { minimum: 9 } });
    const { body } = await coordinator.request("GET", `/v1/jobs/${id}/series?workers=7`);
    expect(body).toMatchObject({ through: 0, attempts: 0, bytesDown: 0, bytesUp: 0, bestAccuracy: null });
    expect(body.lines.flatMap(({ points }: { points: unknown[] }) => points)).toEqual([]);
    await coordinator.request("POST", `/v1/jobs/${id}/cancel`);
  });

  it("takes rounds and versions from the newest on, page by page", async () => {
    for (const [list, key, all] of [
      ["rounds", "number", ROUNDS],
      ["models", "round", ROUNDS + 1],
    ] as const) {
      const found: number[] = [];
      for (let cursor = ""; ; ) {
        const { body } = await coordinator.request("GET", `/v1/jobs/${job}/${list}?order=newest&limit=25${cursor}`);
        found.push(...body[list].map((entry: Record<string, number>) => entry[key]));
        if (body.next === null) break;
        cursor = `&cursor=${body.next}`;
      }
      expect(found).toEqual(Array.from({ length: all }, (_, index) => ROUNDS - index));
    }
  });
});

it("numbers at equal distances end with the last", () => {
  expect(everySo(10, 5)).toEqual([2, 4, 6, 8, 10]);
  expect(everySo(3, 5)).toEqual([1, 2, 3]);
  expect(everySo(0, 5)).toEqual([]);
});

it("tells the rounds whose models were scored, the newest of them first", async () => {
  const some = await coordinator.submit({
    ...{ model: "logistic", dataset: "mnist", rounds: 7, cohort: { minimum: 2 }, evaluation: { every: 3 } },
  });
  await coordinator.finished(some);
  const scored = (await coordinator.rounds(some)).filter(({ evaluation }) => evaluation !== null);
  expect(scored.map(({ number }) => number)).toEqual([1, 4, 7]);
  const path = `/v1/jobs/${some}/rounds?evaluated=true&order=newest&limit=2`;
  const { rounds, next } = (await coordinator.request("GET", path)).body;
  expect(rounds).toEqual(scored.toReversed().slice(0, 2));
  expect((await coordinator.request("GET", `${path}&cursor=${next}`)).body).toEqual({
    rounds: scored.slice(0, 1),
    next: null,
  });
});
