import { BoundsCheck, partsOfUpdate } from "@tributary/federation";
import { Flatten, initialise, Linear, sequential, trace } from "@tributary/nn";
import { encodeParameters, type ParameterSet } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import { IncomingUpdate } from "./incoming-update.js";

const graph = trace(sequential(new Flatten(), new Linear(784, 4), new Linear(4, 10)), [1, 28, 28]);
const model = initialise(graph, 1);
const bytes = encodeParameters(model);
const bounds = new BoundsCheck();
const PIECE = 1_000;

const incoming = (size = bytes.byteLength) => new IncomingUpdate(size, partsOfUpdate(graph, []), 1e6, bounds);

/** Shows it bytes in pieces, from one on. */
function show(update: IncomingUpdate, content: Uint8Array, from = 0): IncomingUpdate {
  for (let at = from; at < content.byteLength; at += PIECE) update.take(content.subarray(at, at + PIECE), at);
  return update;
}

/** With one value changed. */
const changed = (value: number): ParameterSet =>
  model.map((parameter, place) =>
    place === 2 ? { ...parameter, values: parameter.values.map((old, at) => (at === 3 ? value : old)) } : parameter,
  );

describe("an update that is looked through as it comes", () => {
  it("passes when it is the model's parameters, finite and within bounds", () => {
    expect(show(incoming(), bytes).passed()).toBe(true);
  });

  it.each([
    ["NaN", changed(Number.NaN), "update_not_finite", /\[3\] is NaN/],
    ["an infinite value", changed(Number.POSITIVE_INFINITY), "update_not_finite", /\[3\] is Infinity/],
    ["a value out of bounds", changed(-2e6), "update_out_of_range", /\[3\] is -2000000/],
    ["a parameter less", model.slice(0, -1), "update_shape_mismatch", /is missing/],
    [
      "a parameter more",
      [...model, { name: "x", shape: [1], values: Float32Array.of(1) }],
      "update_shape_mismatch",
      /one parameter more/,
    ],
    ["another order", model.toReversed(), "update_shape_mismatch", /is wanted/],
  ] as const)("does not with %s", (_, parameters, code, message) => {
    const content = encodeParameters(parameters);
    const update = show(incoming(content.byteLength), content);
    expect(() => update.passed()).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it("does not when it is no parameter set", () => {
    const content = new Uint8Array(5_000).fill(7);
    expect(() => show(incoming(content.byteLength), content).passed()).toThrow(
      expect.objectContaining({ code: "file_invalid" }),
    );
  });

  it("is looked through again from the beginning after what came was thrown away", () => {
    const update = show(incoming(), encodeParameters(changed(Number.NaN)));
    expect(show(update, bytes).passed()).toBe(true);
  });

  it("is not known whole when its begin, its end or something between was not shown", () => {
    expect(show(incoming(), bytes, 2 * PIECE).passed()).toBe(false);
    expect(show(incoming(), bytes.subarray(0, -PIECE)).passed()).toBe(false);
    expect(show(show(incoming(), bytes.subarray(0, 3 * PIECE)), bytes, 4 * PIECE).passed()).toBe(false);
    expect(show(show(incoming(), bytes.subarray(0, 3 * PIECE)), bytes, 2 * PIECE).passed()).toBe(false);
    expect(incoming().passed()).toBe(false);
  });
});
