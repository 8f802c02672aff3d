import { describe, expect, it } from "vitest";
import { ReLU } from "../layers/activation.js";
import { Linear } from "../layers/linear.js";
import { sequential } from "./sequential.js";
import { trace } from "./trace.js";

describe("sequential", () => {
  it("keeps its order from ten modules on", () => {
    const graph = trace(sequential(...Array.from({ length: 12 }, (_, index) => new Linear(index + 1, index + 2))), [1]);
    expect(graph.nodes.map(({ name }) => name)).toEqual(Array.from({ length: 12 }, (_, index) => String(index)));
  });

  it("gives back its input when it is empty", () => {
    expect(trace(sequential(), [4])).toMatchObject({ nodes: [], outputs: ["input"] });
  });

  it("takes a module twice, with the parameters of the first place", () => {
    const shared = new Linear(4, 4);
    const graph = trace(sequential(shared, new ReLU(), shared), [4]);
    expect(graph.parameters.map(({ name }) => name)).toEqual(["0.weight", "0.bias"]);
    expect(graph.nodes.map(({ name }) => name)).toEqual(["0", "1", "0_2"]);
  });

  it.each(["", "a.b", "forward", "constructor"])('refuses the name "%s"', (name) => {
    expect(() => sequential({ [name]: new ReLU() })).toThrow(
      expect.objectContaining({ code: "invalid_graph", message: `sequential: a module can't be named "${name}"` }),
    );
  });
});
