import { namedModel } from "@tributary/nn";
import { describe, expect, it } from "vitest";
import { checkOps, describeUnable, type OpsOfWorker, opsLacking } from "./match-ops.js";
import { checkJobSpec } from "./parse-job-spec.js";

const graph = namedModel("lenet5");
const all = [...new Set(graph.nodes.map(({ op }) => op))];
const some = all.filter((op) => op !== "conv2d");
const specOf = (cohort = {}, evaluation = {}) =>
  checkJobSpec({ model: "lenet5", dataset: "mnist", cohort: { minimum: 2, ...cohort }, evaluation });
const worker = (name: string, ops: readonly string[], rest: Partial<OpsOfWorker> = {}): OpsOfWorker => ({
  ...{ name, role: "train", dataset: "mnist", ops },
  ...rest,
});

describe("the ops of a job", () => {
  it("are those of its network that a worker does not train, sorted, once each", () => {
    expect(opsLacking(graph, all)).toEqual([]);
    expect(opsLacking(graph, [...all, "acme.swish"])).toEqual([]);
    expect(opsLacking(graph, ["conv2d"])).toEqual([...some].sort());
  });

  it.each<[string, OpsOfWorker[]]>([
    ["nobody is there", []],
    ["too few are there to tell", [worker("bob", some)]],
    ["enough train them", [worker("alice", all), worker("bob", some), worker("carl", all)]],
    ["who does not train them holds other data", [worker("alice", some, { dataset: "cifar" }), worker("bob", some)]],
    ["an evaluator runs them", [worker("eve", all, { role: "evaluate" })]],
    [
      "one of two evaluators runs them",
      [worker("eve", all, { role: "evaluate" }), worker("ed", [], { role: "evaluate" })],
    ],
  ])("are no reason to refuse it when %s", (_, workers) => {
    expect(() => checkOps(specOf(), graph, workers)).not.toThrow();
  });

  it("refuse it when enough workers are there and too few train them, and name both", () => {
    expect(() =>
      checkOps(specOf(), graph, [worker("alice", all), worker("bob", some), worker("carl", ["relu"])]),
    ).toThrow(
      expect.objectContaining({
        code: "ops_unsupported",
        status: 422,
        message: expect.stringMatching(
          /^1 of the 2 workers that are needed train every op of lenet5; bob does not train conv2d; carl does not train conv2d, /,
        ),
      }),
    );
  });

  it("count against the quorum, where that is more than the minimum", () => {
    const workers = [worker("alice", all), worker("bob", all), worker("carl", some)];
    expect(() => checkOps(specOf({ quorum: 3 }), graph, workers)).toThrow(/^2 of the 3/);
  });

  it("refuse it when no evaluator runs them, unless nothing is evaluated", () => {
    const eve = worker("eve", some, { role: "evaluate" });
    expect(() => checkOps(specOf(), graph, [eve])).toThrow(/^0 of the 1 .*eve does not run conv2d$/);
    expect(() => checkOps(specOf({}, { every: 0 }), graph, [eve])).not.toThrow();
  });

  it("are named in a short line, however many there are", () => {
    const ops = Array.from({ length: 1_000 }, (_, index) => `acme.op${index}`);
    const line = describeUnable(Array.from({ length: 1_000 }, (_, index) => ({ worker: `w${index}`, ops })));
    expect(line).toMatch(/; and 990 more$/);
    expect(line).toContain("acme.op9, and 990 more; w1 ");
    expect(line.length).toBeLessThan(2_000);
  });
});
