import { TributaryError, v1 } from "@tributary/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReLU } from "../layers/activation.js";
import { Conv2d } from "../layers/convolution.js";
import { Dropout } from "../layers/dropout.js";
import { Linear } from "../layers/linear.js";
import { MaxPool2d } from "../layers/pooling.js";
import { Flatten } from "../layers/shape.js";
import { modelNames, namedModel } from "../models/named-models.js";
import type { Module } from "../module/module.js";
import { sequential } from "../module/sequential.js";
import { trace } from "../module/trace.js";
import type { Graph } from "./graph.js";
import { parseGraph } from "./json.js";
import { decodeGraph, encodeGraph, graphDigest } from "./wire.js";

/** Random networks: convolutions, pools and activations, then a linear layer. */
const networks: fc.Arbitrary<Graph> = fc
  .array(fc.constantFrom("conv", "pool", "relu", "dropout"), { maxLength: 5 })
  .map((kinds) => {
    const layers: Module[] = [];
    let [channels, size] = [1, 16];
    for (const [index, kind] of kinds.entries()) {
      if (kind === "conv") {
        layers.push(new Conv2d(channels, index + 2, 3, { padding: "same" }));
        channels = index + 2;
      }
      if (kind === "pool" && size > 1) {
        layers.push(new MaxPool2d(2));
        size = Math.floor(size / 2);
      }
      if (kind === "relu") layers.push(new ReLU());
      if (kind === "dropout") layers.push(new Dropout(0.25));
    }
    return trace(sequential(...layers, new Flatten(), new Linear(channels * size * size, 3)), [1, 16, 16], {
      name: "random",
    });
  });

const onWire = (graph: Graph) => v1.Graph.encode(encodeGraph(graph)).finish();

/** Passes, or throws an error of the catalogue. */
function refusesCleanly(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(TributaryError);
  }
}

/** The path of every part of a value, itself left out. */
const placesOf = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
  Object.entries(value instanceof Object ? value : {}).flatMap(([key, part]) => [
    [...path, key],
    ...placesOf(part, [...path, key]),
  ]);

/** Puts `value` at a path, unless an earlier change took the way there. `undefined` is a field that is left out. */
function put(root: unknown, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined || !(root instanceof Object)) return;
  if (rest.length === 0) Reflect.set(root, key, value);
  else put(Reflect.get(root, key), rest, value);
}

describe("a graph on its way", () => {
  it("is the same after protobuf", () => {
    fc.assert(
      fc.property(networks, (graph) => {
        expect(decodeGraph(v1.Graph.decode(onWire(graph)))).toEqual(graph);
      }),
    );
  });

  it("is the same after JSON", () => {
    fc.assert(
      fc.property(networks, (graph) => {
        expect(parseGraph(JSON.parse(JSON.stringify(graph)))).toEqual(graph);
      }),
    );
  });

  it("keeps its digest", () => {
    fc.assert(
      fc.property(networks, (graph) => {
        expect(graphDigest(decodeGraph(v1.Graph.decode(onWire(graph))))).toBe(graphDigest(graph));
      }),
    );
  });
});

describe("a graph from outside", () => {
  const graph = namedModel("lenet5");
  const changed = (
    change: (
      copy: { nodes: Record<string, unknown>[]; parameters: Record<string, unknown>[] } & Record<string, unknown>,
    ) => void,
  ) => {
    const copy = JSON.parse(JSON.stringify(graph));
    change(copy);
    return copy;
  };

  it.each<[string, Parameters<typeof changed>[0], string]>([
    ["an unknown op", ({ nodes }) => Object.assign(nodes[0] ?? {}, { op: "exec" }), 'conv1: there is no op "exec"'],
    [
      "a cycle",
      ({ nodes }) => Object.assign(nodes[0] ?? {}, { inputs: [nodes[1]?.name] }),
      "conv1: nothing before it makes",
    ],
    [
      "a wrong shape",
      ({ nodes }) => Object.assign(nodes[0] ?? {}, { shape: [-1, 7, 28, 28] }),
      "conv1: says [-1,7,28,28], but makes [-1,6,28,28]",
    ],
    [
      "a negative size",
      ({ parameters }) => Object.assign(parameters[0] ?? {}, { shape: [-6, 1, 5, 5] }),
      "conv1.weight: [-6,1,5,5] is no shape",
    ],
    [
      "a name used twice",
      ({ nodes }) => Object.assign(nodes[1] ?? {}, { name: "conv1" }),
      'the name "conv1" is used twice',
    ],
    [
      "a parameter that nobody uses",
      ({ parameters }) => parameters.push({ ...parameters[0], name: "extra" }),
      "no node uses the parameter extra",
    ],
    ["a parameter that is not there", ({ parameters }) => parameters.shift(), "there is no parameter"],
    [
      "an output that is not there",
      (copy) => Object.assign(copy, { outputs: ["nowhere"] }),
      'nothing makes the output "nowhere"',
    ],
    [
      "an attribute out of range",
      ({ nodes }) => Object.assign(nodes[0] ?? {}, { attributes: { ...graph.nodes[0]?.attributes, stride: [0, 1] } }),
      "conv1: conv2d's stride.0",
    ],
    ["an unknown field", (copy) => Object.assign(copy, { code: "rm" }), 'graph: Unrecognized key: "code"'],
    [
      "groups that the input does not have",
      ({ nodes }) => Object.assign(nodes[0] ?? {}, { attributes: { ...graph.nodes[0]?.attributes, groups: 2 } }),
      "conv1: expected [batch, 2, height, width], got [batch, 1, 28, 28]",
    ],
    [
      "an attribute that is left out",
      ({ nodes }) => Object.assign(nodes[0] ?? {}, { attributes: {} }),
      "conv1: conv2d's stride",
    ],
    [
      "a parameter that does not fit",
      ({ parameters }) => Object.assign(parameters[1] ?? {}, { shape: [7] }),
      "conv1: expected bias [6], got [7]",
    ],
    [
      "a role that the op has not",
      ({ nodes }) => Object.assign(nodes[1] ?? {}, { parameters: { weight: "conv1.weight" } }),
      'relu: relu has no parameter "weight"',
    ],
    [
      "a weight that is missing",
      ({ nodes }) => Object.assign(nodes[0] ?? {}, { parameters: { bias: "conv1.bias" } }),
      'conv1: conv2d needs a parameter "weight"',
    ],
    [
      "an initialiser of a negative size",
      ({ parameters }) => Object.assign(parameters[0] ?? {}, { initialiser: { rule: "uniform", bound: -1 } }),
      "parameter conv1.weight: its uniform initialiser is negative or not finite",
    ],
  ])("is refused for %s", (_, change, message) => {
    expect(() => parseGraph(changed(change))).toThrow(
      expect.objectContaining({ name: "TributaryError", message: expect.stringContaining(message) }),
    );
  });

  it("is refused at a million nodes without being walked", () => {
    const node = graph.nodes[0];
    const nodes = Array.from({ length: 1_000_000 }, () => node);
    expect(() => parseGraph({ ...graph, nodes })).toThrow(expect.objectContaining({ code: "invalid_graph" }));
  });

  it("never causes anything but a typed error, whatever bytes are changed", () => {
    const bytes = onWire(graph);
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(changes, (edits) => {
        // A copy: protobuf.js gives a Buffer, whose `slice` is a view.
        const copy = Uint8Array.from(bytes);
        for (const [at, value] of edits) copy[at] = value;
        let message: v1.Graph;
        try {
          message = v1.Graph.decode(copy);
        } catch {
          return;
        }
        refusesCleanly(() => decodeGraph(message));
      }),
      { numRuns: 500 },
    );
  });

  it("never causes anything but a typed error, whatever part of its JSON is changed", () => {
    const odd = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(
        -1,
        0,
        1.5,
        2 ** 31,
        2 ** 53,
        Number.NaN,
        Infinity,
        "__proto__",
        "constructor",
        "conv1",
        undefined,
      ),
    );
    const places = placesOf(graph);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(places.length - 1), odd), { minLength: 1, maxLength: 3 }), (edits) => {
        const copy: unknown = JSON.parse(JSON.stringify(graph));
        for (const [index, value] of edits) put(copy, places[index] ?? [], value);
        refusesCleanly(() => parseGraph(copy));
      }),
      { numRuns: 500 },
    );
  });

  it("never causes anything but a typed error, whatever JSON comes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        refusesCleanly(() => parseGraph(value));
      }),
    );
  });
});

describe("named models", () => {
  it.each(modelNames)("%s passes its own check", (name) => {
    const graph = namedModel(name);
    expect(parseGraph(JSON.parse(JSON.stringify(graph)))).toEqual(graph);
  });
});
