import { v1 } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import { namedModel } from "../models/named-models.js";
import type { Graph, GraphNode } from "./graph.js";
import { decodeGraph, encodeGraph } from "./wire.js";

const graph = namedModel("lenet5");
const long = "y".repeat(1_000_000);

/** A hostile peer's graph: lenet5 with a change to its first node, or to itself. */
const sent = (change: Partial<Graph>) =>
  decodeGraph(v1.Graph.decode(v1.Graph.encode(encodeGraph({ ...graph, ...change })).finish()));
const withNode = (change: Partial<GraphNode>): Partial<Graph> => {
  const [first, ...rest] = graph.nodes;
  if (first === undefined) throw new Error("lenet5 has no node");
  return { nodes: [{ ...first, ...change }, ...rest] };
};

describe("a graph of unbounded parts", () => {
  it.each<[string, Partial<Graph>]>([
    ["a long name", { name: long }],
    ["many inputs", { inputs: Array.from({ length: 101 }, (_, index) => ({ name: `i${index}`, shape: [-1, 2] })) }],
    ["many outputs", { outputs: new Array<string>(101).fill("conv1") }],
    ["many nodes", { nodes: Array.from({ length: 1_000 }, () => graph.nodes).flat() }],
    ["an input of many dimensions", { inputs: [{ name: "input", shape: new Array<number>(17).fill(1) }] }],
    ["a long op", withNode({ op: long })],
    ["a long module path", withNode({ module: long })],
    ["a long role", withNode({ parameters: { [long]: "conv1.weight" } })],
    ["a long attribute", withNode({ attributes: { [long]: 1 } })],
    ["a long text in an attribute", withNode({ attributes: { stride: long } })],
    ["a long list in an attribute", withNode({ attributes: { stride: new Array<number>(1_001).fill(1) } })],
    ["a node that reads many values", withNode({ inputs: new Array<string>(1_001).fill("input") })],
    ["a node of many dimensions", withNode({ shape: new Array<number>(1_000_000).fill(7) })],
    ["a name of two lines", withNode({ name: "conv1\nERROR all is lost" })],
    ["a name that moves the cursor", withNode({ name: "conv1\u001b[2J" })],
  ])("is refused for %s, in one short line", (_, change) => {
    expect(() => sent(change)).toThrow(
      expect.objectContaining({ code: "invalid_graph", message: expect.stringMatching(/^[^\p{Cc}]{1,200}$/u) }),
    );
  });
});
