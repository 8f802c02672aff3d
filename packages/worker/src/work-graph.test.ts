import { Conv2d, encodeGraph, type Graph, Linear, Module, namedModel, trace, type Value } from "@tributary/nn";
import { v1 } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import { readAssignment } from "./work.js";

const shard = { dataset: "mnist", sampleShape: [1, 28, 28], classes: 10 };
const lenet5 = namedModel("lenet5");

/** An assignment to evaluate a network, as it arrives. */
const arrived = (graph: v1.Graph.$Properties) =>
  v1.Assignment.decode(
    v1.Assignment.encode({
      task: { job: "job", round: 1, attempt: 1, seed: 1, model: { digest: new Uint8Array(32), size: 100 }, graph },
      evaluating: { subject: "", batchSize: 10, loss: { name: "cross-entropy" } },
    }).finish(),
  );

/** The first node of a sound network, changed. */
const withNode = (change: v1.Graph.Node.$Properties): v1.Graph.$Properties => {
  const { nodes, ...rest } = encodeGraph(lenet5);
  return { ...rest, nodes: nodes.map((node, index) => (index === 0 ? { ...node, ...change } : node)) };
};

class TwoInputs extends Module {
  conv = new Conv2d(1, 10, 28);
  forward(a: Value, b: Value): Value {
    return this.conv.forward(a.apply("add", { others: [b] })).apply("reshape", { attributes: { shape: [10] } });
  }
}

class TwoOutputs extends Module {
  fc = new Linear(784, 10);
  forward(x: Value): Value[] {
    const flat = x.apply("reshape", { attributes: { shape: [784] } });
    return [this.fc.forward(flat), flat];
  }
}

/** Its last dimension is as wide as there are classes, which stand in dimension 1. */
const eachRow: Graph = trace(new Conv2d(1, 3, [1, 19]), [1, 28, 28]);

describe("the graph of an assignment", () => {
  it.each<[string, v1.Graph.$Properties, string, string]>([
    ["names somebody's own op", withNode({ op: "acme.swish" }), "invalid_graph", 'no op "acme.swish" here'],
    ["has a cycle", withNode({ inputs: ["fc3"] }), "invalid_graph", 'conv1: nothing before it makes "fc3"'],
    [
      "has NaN in an attribute",
      withNode({ attributes: { stride: { numbers: { values: [Number.NaN, 1] } } } }),
      "invalid_graph",
      "conv1: conv2d's stride",
    ],
    ["says negative sizes", withNode({ shape: [-1, -6, 28, 28] }), "shape_mismatch", "conv1: says [-1,-6,28,28]"],
    [
      "has a parameter that starts as NaN",
      {
        ...encodeGraph(lenet5),
        parameters: encodeGraph(lenet5).parameters.map((parameter) => ({
          ...parameter,
          initialiser: { constant: Number.NaN },
        })),
      },
      "invalid_graph",
      "conv1.weight: its constant initialiser",
    ],
    [
      "has two inputs",
      encodeGraph(
        trace(new TwoInputs(), [
          [1, 28, 28],
          [1, 28, 28],
        ]),
      ),
      "invalid_graph",
      "has 2 and 1",
    ],
    ["has two outputs", encodeGraph(trace(new TwoOutputs(), [1, 28, 28])), "invalid_graph", "has 1 and 2"],
    ["gives a class for each row", encodeGraph(eachRow), "invalid_graph", "that of Conv2d is [batch, 3, 28, 10]"],
    [
      "tells too few classes apart",
      encodeGraph(
        trace(
          new (class Small extends TwoOutputs {
            override fc = new Linear(784, 3);
            override forward(x: Value): Value[] {
              return super.forward(x).slice(0, 1);
            }
          })(),
          [1, 28, 28],
        ),
      ),
      "shape_mismatch",
      "Small tells 3 classes apart, mnist has 10",
    ],
  ])("that %s is refused before anything is computed", (_, graph, code, message) => {
    expect(() => readAssignment(arrived(graph), shard)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it("of a million nodes is refused without being walked", () => {
    const message = arrived(encodeGraph(lenet5));
    const graph = message.task?.graph ?? expect.fail("no graph");
    // Sixteen bytes each: as many as an assignment of 16 MiB holds.
    const node = v1.Graph.Node.encode({ name: "n", op: "relu", inputs: ["n"] }).finish();
    const field = Buffer.concat([Buffer.from([(3 << 3) | 2, node.length]), node]);
    graph.nodes = v1.Graph.decode(Buffer.alloc(field.length * 1_000_000, field)).nodes;
    expect(graph.nodes).toHaveLength(1_000_000);
    const began = performance.now();
    expect(() => readAssignment(message, shard)).toThrow(
      expect.objectContaining({ code: "invalid_graph", message: "the graph has 1000000 nodes, 10000 at most" }),
    );
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
