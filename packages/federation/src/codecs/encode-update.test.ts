import { Flatten, Linear, sequential, trace } from "@tributary/nn";
import { elementCount, type ParameterSet } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import { partsBesides, partsOfUpdate } from "../local/update-layout.js";
import { parseCodec } from "./chain/parse-codec.js";
import { decode } from "./decode.js";
import { encodeUpdate } from "./encode-update.js";
import { type ExpectedParameter, encodedBytes } from "./layout.js";
import { referenceOf } from "./reference.js";
import { chains, randomOf } from "./testing/updates.js";
import { updateRandom } from "./update-random.js";

const graph = trace(sequential(new Flatten(), new Linear(100, 30)), [1, 10, 10]);
const RETURNS = ["controlChange"];
const besides = partsBesides(graph, RETURNS);
const sender = { seed: 1, worker: "ada" };

const drawn = (parts: readonly ExpectedParameter[], seed: number): ParameterSet =>
  parts.map(({ name, shape }, index) => {
    const random = randomOf(seed)(index);
    return { name, shape, values: Float32Array.from({ length: elementCount(shape) }, () => random.normal()) };
  });
const global = drawn(graph.parameters, 1);

const sumOf = (sets: readonly ParameterSet[], name: string): Float32Array => {
  const sum = new Float32Array(3_000);
  for (const set of sets)
    for (const [at, value] of (set.find((part) => part.name === name)?.values ?? []).entries())
      sum[at] = (sum[at] ?? 0) + value;
  return sum;
};

describe.each(chains)("an update with a vector behind it, by %s", (text) => {
  const codec = parseCodec(text);

  it("comes as its parts, in bytes that are foreseen, and what it lost of the vector is sent later", () => {
    const returned: ParameterSet[] = [];
    const received: ParameterSet[] = [];
    let [residual, warmStart]: (ParameterSet | undefined)[] = [];
    for (let round = 1; round <= 5; round++) {
      const update = drawn(graph.parameters, 10 + round);
      const change = drawn(besides, 20 + round);
      const encoded = encodeUpdate(update, {
        ...sender,
        round,
        codec: text,
        global,
        returned: change,
        residual,
        warmStart,
      });
      const { least, most } = encodedBytes(codec, partsOfUpdate(graph, RETURNS));
      expect(encoded.bytes.byteLength).toBeGreaterThanOrEqual(least);
      expect(encoded.bytes.byteLength).toBeLessThanOrEqual(most);
      const context = { random: updateRandom(1, round, "ada"), reference: referenceOf(global, besides) };
      const parts = decode(codec, encoded.bytes, partsOfUpdate(graph, RETURNS), context);
      expect(parts.map(({ name }) => name)).toEqual(partsOfUpdate(graph, RETURNS).map(({ name }) => name));
      returned.push(change);
      received.push(parts);
      ({ residual, warmStart } = encoded);
    }
    if (residual === undefined) return expect(text).not.toMatch(/topk|randomk|sign|powersgd/);
    const weight = "controlChange/1.weight";
    const all = sumOf([...received, residual], weight);
    const wanted = sumOf(returned, weight);
    for (const [at, value] of all.entries()) expect(value).toBeCloseTo(wanted[at] ?? Number.NaN, 3);
    const losesNothing = /topk\(1\)$|powersgd\(64\)$/.test(text);
    if (!losesNothing) expect(sumOf(received, weight)).not.toEqual(wanted);
  });
});

describe("an update whose job has no error feedback", () => {
  const update = drawn(graph.parameters, 2);
  const own = { ...sender, round: 1, global, residual: undefined, warmStart: undefined };

  it.each(["delta | topk(0.1)", "delta | randomk(0.1)", "delta | sign"])("leaves nothing of %s", (codec) => {
    const fed = encodeUpdate(update, { ...own, codec, errorFeedback: true });
    const without = encodeUpdate(update, { ...own, codec, errorFeedback: false });
    expect(encodeUpdate(update, { ...own, codec })).toEqual(fed);
    expect(fed.residual).toBeDefined();
    expect(without.residual).toBeUndefined();
    const after = (residual: ParameterSet | undefined) =>
      encodeUpdate(update, { ...own, codec, errorFeedback: false, residual }).bytes;
    expect(after(fed.residual)).toEqual(without.bytes);
    // Of randomk what is sent is larger then.
    expect(Buffer.compare(fed.bytes, without.bytes) === 0).toBe(!codec.includes("randomk"));
  });

  it("gives no error feedback to a codec that needs none", () => {
    const codec = "delta | int8";
    expect(encodeUpdate(update, { ...own, codec, errorFeedback: true }).residual).toBeUndefined();
  });
});
