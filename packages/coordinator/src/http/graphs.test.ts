import { type Graph, namedModel } from "@tributary/nn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";

type Mutable<T> = { -readonly [Key in keyof T]: Mutable<T[Key]> };

/** A sound graph as JSON, after a change. */
function graphWith(change: (graph: Mutable<Graph>) => void): Mutable<Graph> {
  const graph: Mutable<Graph> = JSON.parse(JSON.stringify(namedModel("lenet5")));
  change(graph);
  return graph;
}
const nodeAt = ({ nodes }: Mutable<Graph>, at: number) => nodes.at(at) ?? expect.fail("no node");
const parameterAt = ({ parameters }: Mutable<Graph>, at: number) => parameters.at(at) ?? expect.fail("no parameter");

describe("a graph in a job", () => {
  let coordinator: LocalCoordinator;
  beforeAll(async () => {
    coordinator = await LocalCoordinator.start();
    await coordinator.join("alice");
  });
  afterAll(() => coordinator[Symbol.asyncDispose]());

  const submit = (graph: unknown) =>
    coordinator.request("POST", "/v1/jobs", { model: { graph }, dataset: "mnist", evaluation: { every: 0 } });

  it.each<[string, (graph: Mutable<Graph>) => void, string, RegExp]>([
    ["names an unknown op", (graph) => (nodeAt(graph, 0).op = "exec"), "invalid_graph", /conv1: there is no op "exec"/],
    [
      "names somebody's own op",
      (graph) => (nodeAt(graph, 0).op = "acme.unheard"),
      "invalid_graph",
      /conv1: there is no op "acme\.unheard" here/,
    ],
    [
      "has a cycle",
      (graph) => (nodeAt(graph, 0).inputs = [nodeAt(graph, 1).name]),
      "invalid_graph",
      /conv1: nothing before it makes "/,
    ],
    [
      "has a node that reads itself",
      (graph) => (nodeAt(graph, 1).inputs = [nodeAt(graph, 1).name]),
      "invalid_graph",
      /nothing before it makes "/,
    ],
    [
      "has a parameter of negative size",
      (graph) => (parameterAt(graph, 0).shape = [-6, 1, 5, 5]),
      "invalid_graph",
      /-6/,
    ],
    ["has a parameter of size 0", (graph) => (parameterAt(graph, 0).shape = [0, 1, 5, 5]), "invalid_graph", /conv1/],
    [
      "has a parameter of a size that no machine holds",
      (graph) => (parameterAt(graph, 0).shape = [2 ** 40, 2 ** 40]),
      "invalid_graph",
      /conv1\.weight: the model would have over/,
    ],
    [
      "has an input of negative size",
      (graph) => (graph.inputs = [{ name: "input", shape: [-1, -1, 28, 28] }]),
      "invalid_graph",
      /input input: .*no shape of a batch/,
    ],
    [
      "has shapes that do not fit",
      (graph) => (parameterAt(graph, -1).shape = [11]),
      "shape_mismatch",
      /fc3: expected bias \[10\], got \[11\]/,
    ],
    [
      "says other shapes than it makes",
      (graph) => (nodeAt(graph, 0).shape = [-1, 6, 1, 1]),
      "shape_mismatch",
      /conv1: says \[-1,6,1,1\], but makes/,
    ],
    [
      "begins with infinity as float32",
      (graph) => (parameterAt(graph, 0).initialiser = { rule: "constant", value: 1e300 }),
      "invalid_graph",
      /conv1\.weight: its constant initialiser is negative or not finite/,
    ],
    [
      "has two outputs",
      (graph) => (graph.outputs = graph.nodes.slice(-2).map(({ name }) => name)),
      "invalid_graph",
      /one input and one output; lenet5 has 1 and 2/,
    ],
    [
      "gives something else than a list of classes",
      (graph) => {
        graph.nodes = graph.nodes.slice(0, 1);
        graph.parameters = graph.parameters.slice(0, 2);
        graph.outputs = [nodeAt(graph, 0).name];
      },
      "invalid_graph",
      /whose output is \[batch, classes\]; that of lenet5 is \[batch, 6, \d+, \d+\]/,
    ],
    [
      "has a freeze on everything",
      (graph) => {
        for (const parameter of graph.parameters) parameter.trainable = false;
      },
      "invalid_graph",
      /lenet5 has no parameter to train/,
    ],
  ])("that %s is refused with the place", async (_, change, code, detail) => {
    const { status, body } = await submit(graphWith(change));
    expect(body).toMatchObject({ code, detail: expect.stringMatching(detail) });
    expect(status).toBe(422);
  });

  it("that fits the samples of no worker is refused", async () => {
    const { nodes, parameters, ...rest } = namedModel("logistic");
    const [flatten, fc] = nodes;
    const graph = {
      ...{ ...rest, inputs: [{ name: "input", shape: [-1, 1, 2, 2] }] },
      nodes: [{ ...flatten, shape: [-1, 4] }, fc],
      parameters: parameters.map((parameter, index) => (index === 0 ? { ...parameter, shape: [10, 4] } : parameter)),
    };
    expect(await submit(graph)).toMatchObject({
      status: 422,
      body: {
        code: "shape_mismatch",
        detail: expect.stringMatching(/takes \[1,2,2\], the samples of mnist are \[1,28,28\]/),
      },
    });
  });

  it("of more nodes than a graph may have is refused, and of a million without being read", async () => {
    const node = { name: "n", op: "relu", inputs: [], parameters: {}, attributes: {}, shape: [], module: "" };
    expect(await submit(graphWith((graph) => (graph.nodes = new Array(10_001).fill(node))))).toMatchObject({
      status: 422,
      body: { code: "invalid_graph", detail: expect.stringMatching(/^graph\.nodes: .*10000/) },
    });
    const nodes = `${JSON.stringify(node)},`.repeat(1_000_000).slice(0, -1);
    const million = `{"dataset":"mnist","model":{"graph":{"nodes":[${nodes}]}}}`;
    const before = process.memoryUsage().rss;
    expect(await coordinator.request("POST", "/v1/jobs", million)).toMatchObject({
      status: 413,
      body: { code: "payload_too_large" },
    });
    // The client is in this process, too: a copy of 84 MB of text.
    expect(process.memoryUsage().rss - before).toBeLessThan(300e6);
  });

  it("leaves the coordinator as it was", async () => {
    expect((await coordinator.request("GET", "/v1/jobs")).body.jobs).toEqual([]);
    expect(await coordinator.request("GET", "/ready")).toMatchObject({ body: { status: "ready", workers: 1 } });
  });
});
