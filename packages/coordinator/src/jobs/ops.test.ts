import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobSpecInput } from "@tributary/federation";
import { catalogue, Flatten, Linear, Module, trace, type Value } from "@tributary/nn";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";

const all = [...catalogue.keys()];
const without = (...ops: string[]) => all.filter((op) => !ops.includes(op));
const spec = (changes: Partial<JobSpecInput> = {}): JobSpecInput => ({
  ...{ model: "lenet5", dataset: "mnist", rounds: 1, evaluation: { every: 0 }, cohort: { minimum: 2 } },
  ...changes,
});

describe("the ops of a job", () => {
  let coordinator: LocalCoordinator;
  beforeEach(async () => {
    coordinator = await LocalCoordinator.start();
  });
  afterEach(() => coordinator[Symbol.asyncDispose]());

  it("refuse it before a round starts, naming them and the workers, when too few train them", async () => {
    await coordinator.join("alice");
    await coordinator.join("bob", { ops: without("linear", "conv2d") });
    const { status, body } = await coordinator.request("POST", "/v1/jobs", spec());
    expect(status).toBe(422);
    expect(body).toMatchObject({
      code: "ops_unsupported",
      detail: expect.stringMatching(/^1 of the 2 .*lenet5; bob does not train conv2d, linear$/),
      hint: expect.stringContaining("--plugin"),
    });
    expect((await coordinator.request("GET", "/v1/jobs")).body.jobs).toEqual([]);
  });

  it("keep workers that do not train them out of every cohort", async () => {
    const able = await coordinator.join("alice");
    const unable = await coordinator.join("bob", { ops: without("conv2d") });
    await coordinator.join("carl");
    const id = await coordinator.submit(spec({ rounds: 3 }));
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    for (const { cohort } of await coordinator.rounds(id)) expect(cohort).toEqual(["alice", "carl"]);
    expect(able.assignments).toHaveLength(3);
    expect(unable.assignments).toEqual([]);
  });

  it("show in the job's view while it waits, and it begins when enough train them", async () => {
    const id = await coordinator.submit(spec());
    await expect.poll(async () => (await coordinator.job(id)).waitingFor).toEqual({ needed: 2, able: 0, unable: [] });
    await coordinator.join("alice");
    await coordinator.join("bob", { ops: without("conv2d") });
    await expect
      .poll(async () => (await coordinator.job(id)).waitingFor)
      .toEqual({ needed: 2, able: 1, unable: [{ worker: "bob", ops: ["conv2d"] }] });
    await coordinator.join("carl");
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed", waitingFor: null });
  });

  it("are named when the job is paused for want of workers", async () => {
    const id = await coordinator.submit(spec({ cohort: { minimum: 1, waitSeconds: 1 } }));
    await coordinator.join("bob", { ops: without("conv2d") });
    expect(await coordinator.stopped(id)).toMatchObject({
      status: "paused",
      reason: expect.stringMatching(/came within 1 s; bob does not train conv2d$/),
    });
  });

  it("are counted in the view of a worker, its own ones by name", async () => {
    await coordinator.join("alice", { ops: [...all, "acme.swish", "acme.swish"] });
    const { body } = await coordinator.request("GET", "/v1/workers");
    expect(body.workers).toMatchObject([{ name: "alice", ops: { count: all.length + 1, own: ["acme.swish"] } }]);
  });
});

describe("an own operator", () => {
  class Net extends Module {
    fc = new Linear(784, 10);
    flatten = new Flatten();
    forward(x: Value): Value {
      return this.fc.forward(this.flatten.forward(x).apply("test.swish"));
    }
  }

  it("is known to a coordinator by its plug-in, and to others not", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tributary-plugin-"));
    const file = join(folder, "swish.mjs");
    // How it runs is of no interest to a coordinator.
    await writeFile(
      file,
      `export default ({ defineOp, z }) => [{
        spec: defineOp({ name: "test.swish", attributes: z.strictObject({}), infer: ({ input }) => [...input] }),
      }];`,
    );
    try {
      const graph = JSON.stringify({
        ...{ name: "Net", outputs: ["out"], inputs: [{ name: "input", shape: [-1, 1, 28, 28] }], parameters: [] },
        nodes: [
          {
            ...{ name: "out", op: "test.swish", inputs: ["input"], parameters: {}, attributes: {}, module: "" },
            shape: [-1, 1, 28, 28],
          },
        ],
      });
      await using ignorant = await LocalCoordinator.start();
      expect(await ignorant.request("POST", "/v1/jobs", spec({ model: { graph: JSON.parse(graph) } }))).toMatchObject({
        status: 422,
        body: {
          code: "invalid_graph",
          detail: 'out: there is no op "test.swish" here',
          hint: expect.stringContaining("--plugin"),
        },
      });

      await using knowing = await LocalCoordinator.start({ plugins: [file] });
      const model = { graph: JSON.parse(JSON.stringify(trace(new Net(), [1, 28, 28]))) };
      await knowing.join("alice", { ops: [...all, "test.swish"] });
      const bob = await knowing.join("bob");
      expect(await knowing.request("POST", "/v1/jobs", spec({ model }))).toMatchObject({
        status: 422,
        body: { code: "ops_unsupported", detail: expect.stringContaining("bob does not train test.swish") },
      });
      const id = await knowing.submit(spec({ model, cohort: { minimum: 1 } }));
      expect(await knowing.finished(id)).toMatchObject({ status: "completed" });
      expect(bob.assignments).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("of a plug-in that is not there keeps the coordinator from starting", async () => {
    await expect(LocalCoordinator.start({ plugins: ["/nowhere/ops.mjs"] })).rejects.toMatchObject({
      code: "file_unreadable",
    });
  });
});
