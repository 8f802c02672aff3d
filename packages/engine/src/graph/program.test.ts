import { describe, expect, it } from "vitest";
import { chain, links } from "../testing/networks.js";
import { onlyOutput, programOf } from "./program.js";

const graph = chain([4], [links.linear(4, 3), links.relu([3])]);

describe("a program", () => {
  it("knows how each parameter is laid out inside", () => {
    const program = programOf(
      chain([1, 3, 3], [links.conv2d([2, 1, 3, 3], [2, 1, 1]), links.flatten([2, 1, 1]), links.linear(2, 2)]),
    );
    expect([...program.axes]).toEqual([
      ["0.weight", [2, 3, 1, 0]],
      ["2.weight", [1, 0]],
    ]);
  });

  it("refuses an op that is not in the catalogue, and names the node", () => {
    const unknown = chain([4], [{ op: "eval", shape: [4] }]);
    expect(() => programOf(unknown)).toThrow('n0: there is no op "eval"');
  });

  it("knows the inputs and outputs of a network, and refuses an output that nothing makes", () => {
    expect(programOf({ ...graph, outputs: ["n0", "n1"] }).outputs.map(({ shape }) => shape)).toEqual([
      [-1, 3],
      [-1, 3],
    ]);
    expect(() => onlyOutput(programOf({ ...graph, outputs: ["n0", "n1"] }))).toThrow("2 outputs");
    expect(() => programOf({ ...graph, outputs: ["nothing"] })).toThrow("nothing makes");
  });

  it("refuses a parameter that two nodes want in unlike layouts", () => {
    const shared = chain([4], [links.linear(4, 4), links.linear(4, 4)]);
    const nodes = shared.nodes.map((node) => ({ ...node, parameters: { weight: "0.weight", bias: "0.weight" } }));
    expect(() => programOf({ ...shared, nodes })).toThrow("0.weight");
  });
});
