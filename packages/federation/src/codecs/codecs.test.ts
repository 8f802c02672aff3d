import { namedModel } from "@tributary/nn";
import { decodeParameters, elementCount, encodeParameters, type ParameterSet } from "@tributary/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCodec } from "./chain/parse-codec.js";
import { decode, decodeEach } from "./decode.js";
import { type EncodeContext, encode } from "./encode.js";
import { encodedBytes, isSentRaw } from "./layout.js";
import { alone, chains, drawn, failure, network, randomOf } from "./testing/updates.js";

const reference = drawn(1, 0.1);
const trained = (seed: number): ParameterSet =>
  drawn(seed, 0.01).map(({ name, shape, values }, index) => ({
    name,
    shape,
    values: values.map((value, at) => value + (reference[index]?.values[at] ?? 0)),
  }));
const context = (seed = 1): EncodeContext => ({ random: randomOf(seed), reference });
const expectedOf = (parameters: ParameterSet) => parameters.map(({ name, shape }) => ({ name, shape }));
const valuesOf = (parameters: ParameterSet, name = "fc.weight") =>
  parameters.find((parameter) => parameter.name === name)?.values ?? new Float32Array();
const sumOf = (values: Float32Array, others: Float32Array) => values.map((value, at) => value + (others[at] ?? 0));
const far = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] ?? 0))), 0);

describe.each(chains)("%s", (text) => {
  const codec = parseCodec(text);
  const parameters = trained(2);
  const { bytes, residual } = encode(codec, parameters, context());

  it("gives back parameters of the same names and shapes, biases and statistics to the bit", () => {
    const decoded = decode(codec, bytes, network, context());
    expect(expectedOf(decoded)).toEqual(network);
    for (const { name, shape, values } of decoded) {
      expect(values).toHaveLength(elementCount(shape));
      if (isSentRaw(shape)) expect(values).toEqual(valuesOf(parameters, name));
    }
    expect([...decodeEach(codec, bytes, network, context())]).toEqual(decoded);
  });

  it("takes as many bytes as was said", () => {
    const { least, most } = encodedBytes(codec, network);
    expect(bytes.byteLength).toBeGreaterThanOrEqual(least);
    expect(bytes.byteLength).toBeLessThanOrEqual(most);
  });

  it("gives the same bytes of the same stream", () => {
    expect(Buffer.compare(encode(codec, trained(2), context()).bytes, bytes)).toBe(0);
  });

  it("may be decoded wherever the bytes stand in memory", () => {
    const memory = new Uint8Array(bytes.byteLength + 3);
    memory.set(bytes, 3);
    expect(decode(codec, memory.subarray(3), network, context())).toEqual(decode(codec, bytes, network, context()));
  });

  it("gives back what was lost, if what it loses must not be forgotten: input = decoded + residual", () => {
    if (residual === undefined) return expect(text).not.toMatch(/topk|randomk|sign|powersgd/);
    const decoded = decode(codec, bytes, network, context());
    expect(residual.map(({ name }) => name)).toEqual(["conv.weight", "fc.weight"]);
    for (const { name, values } of residual)
      expect(far(valuesOf(parameters, name), sumOf(valuesOf(decoded, name), values))).toBeLessThan(1e-6);
  });
});

describe("error feedback", () => {
  it.each([
    "topk(0.05)",
    "topk(0.05) | int8",
    "topk(0.1) | sign",
    "randomk(0.05)",
    "sign",
    "powersgd(2)",
    "powersgd(2) | int8",
  ])(
    "of %s sends everything in the end: the sum of what was decoded, and the last residual, are the sum of the inputs",
    (text) => {
      const codec = parseCodec(text);
      let residual: ParameterSet | undefined;
      let [sent, wanted] = [new Float32Array(1_200), new Float32Array(1_200)];
      for (let round = 1; round <= 20; round++) {
        const input = drawn(round);
        const encoded = encode(codec, input, { random: randomOf(round), residual });
        const decoded = decode(codec, encoded.bytes, network, { random: randomOf(round) });
        sent = sumOf(sent, valuesOf(decoded));
        wanted = sumOf(wanted, valuesOf(input));
        residual = encoded.residual;
      }
      expect(far(wanted, sumOf(sent, valuesOf(residual ?? [])))).toBeLessThan(1e-4);
      expect(far(wanted, sent)).toBeGreaterThan(0.1);
    },
  );

  it("survives a restart: the residual is a parameter set", () => {
    const codec = parseCodec("delta | topk(0.05) | int8");
    const { residual } = encode(codec, trained(2), context(1));
    const kept = decodeParameters(encodeParameters(residual ?? []));
    const after = (residual: ParameterSet | undefined) => encode(codec, trained(3), { ...context(2), residual }).bytes;
    expect(Buffer.compare(after(kept), after(residual))).toBe(0);
    expect(Buffer.compare(after(kept), after(undefined))).not.toBe(0);
  });

  it("can be turned off, and on where it is off by itself", () => {
    const off = encode(parseCodec("sign"), drawn(1), { random: randomOf(1), errorFeedback: false });
    expect(off.residual).toBeUndefined();
    const on = encode(parseCodec("int8"), drawn(1), { random: randomOf(1), errorFeedback: true });
    expect(far(valuesOf(on.residual ?? []), new Float32Array(1_200))).toBeGreaterThan(0);
  });

  it("leaves the parameters, the reference and the residual of before as they were", () => {
    for (const text of ["topk(0.05)", "sign", "delta | topk(0.05)", "delta | powersgd(2)"]) {
      const residual = drawn(5);
      const given = { parameters: trained(2), residual, reference: drawn(1, 0.1) };
      const copy = structuredClone(given);
      encode(parseCodec(text), given.parameters, { random: randomOf(1), ...given });
      encode(parseCodec(text), given.parameters, { random: randomOf(1), reference: given.reference });
      expect(given).toEqual(copy);
    }
  });
});

describe("a warm start", () => {
  const codec = parseCodec("delta | powersgd(2) | int8");
  const [reference, parameters] = [drawn(1, 0.1), trained(2)];
  const off = { reference, errorFeedback: false };

  /** Encodes the same change round after round. @returns by round, how far off what arrived is */
  function rounds(count: number, isWarm: boolean): number[] {
    let warmStart: ParameterSet | undefined;
    return Array.from({ length: count }, (_, round) => {
      const own = { ...off, random: randomOf(round) };
      const encoded = encode(codec, parameters, { ...own, warmStart: isWarm ? warmStart : undefined });
      warmStart = encoded.warmStart;
      const decoded = decode(codec, encoded.bytes, network, own);
      return Math.hypot(...valuesOf(parameters).map((value, at) => value - (valuesOf(decoded)[at] ?? Number.NaN)));
    });
  }

  it("brings the same change nearer from round to round than a cold one, which comes no nearer", () => {
    const [warm, cold] = [rounds(12, true), rounds(12, false)];
    expect(warm[0]).toBe(cold[0]);
    expect(warm.at(-1)).toBeLessThan(Math.min(...cold));
    expect(warm.at(-1)).toBeLessThan((warm[0] ?? 0) * 0.99);
  });

  it("survives a restart, with the same bytes, and lost it begins anew as the first time", () => {
    const { warmStart } = encode(codec, parameters, { ...off, random: randomOf(1) });
    const kept = decodeParameters(encodeParameters(warmStart ?? []));
    expect(kept.map(({ name, shape }) => [name, shape])).toEqual([
      ["conv.weight", [2, 100]],
      ["fc.weight", [2, 50]],
    ]);
    const after = (warmStart: ParameterSet | undefined) =>
      encode(codec, trained(3), { ...off, random: randomOf(2), warmStart }).bytes;
    expect(Buffer.compare(after(kept), after(warmStart))).toBe(0);
    expect(Buffer.compare(after(kept), after([]))).not.toBe(0);
    expect(Buffer.compare(after(undefined), after([]))).toBe(0);
  });

  it("is given back by codecs that go on from it, with error feedback or without, and by no other", () => {
    const given = { random: randomOf(1), reference };
    for (const errorFeedback of [true, false]) {
      expect(encode(codec, parameters, { ...given, errorFeedback }).warmStart).toHaveLength(2);
      expect(
        encode(parseCodec("delta | topk(0.1)"), parameters, { ...given, errorFeedback }).warmStart,
      ).toBeUndefined();
    }
    // Two factors of rank 64 are no smaller than these tensors.
    expect(encode(parseCodec("delta | powersgd(64)"), parameters, given).warmStart).toEqual([]);
  });

  it("of another rank or network is refused", () => {
    const { warmStart } = encode(parseCodec("delta | powersgd(3)"), parameters, { ...off, random: randomOf(1) });
    expect(() => encode(codec, parameters, { ...off, random: randomOf(2), warmStart })).toThrow(
      failure("parameters_mismatch"),
    );
  });
});

describe("what is lost", () => {
  it("of delta is the rounding of a difference", () => {
    const codec = parseCodec("delta");
    const decoded = decode(codec, encode(codec, trained(2), context()).bytes, network, context());
    expect(far(valuesOf(decoded), valuesOf(trained(2)))).toBeLessThan(2 ** -24);
  });

  it("of topk is all but the largest values", () => {
    const values = new Float32Array(400).map((_, at) => (at % 2 === 0 ? at : -at));
    const codec = parseCodec("topk(0.01)");
    const [decoded] = decode(codec, encode(codec, alone(values), context()).bytes, alone(values), context());
    expect(decoded?.values).toEqual(values.map((value) => (Math.abs(value) >= 396 ? value : 0)));
  });

  it("of randomk without error feedback is nothing in the mean: what is kept is sent times n / k", () => {
    const codec = parseCodec("randomk(0.25)");
    const values = new Float32Array(256).map((_, at) => at - 100);
    const sums = new Float64Array(256);
    for (let draw = 0; draw < 2_000; draw++) {
      const own = { random: randomOf(draw) };
      const { bytes } = encode(codec, alone(values), { ...own, errorFeedback: false });
      for (const [at, value] of (decode(codec, bytes, alone(values), own)[0]?.values ?? []).entries())
        sums[at] = (sums[at] ?? 0) + value;
    }
    // 4x with probability 1/4: the deviation of a draw is √3 |x|. Five deviations of the mean.
    for (const [at, sum] of sums.entries())
      expect(Math.abs(sum / 2_000 - (values[at] ?? 0))).toBeLessThanOrEqual(
        5 * Math.sqrt(3 / 2_000) * Math.abs(values[at] ?? 0),
      );
  });

  it("of int8(channel) is by the largest value of each channel, of int8 by that of the tensor", () => {
    const values = new Float32Array(600).map((_, at) => Math.sin(at) * (at < 300 ? 1 : 1_000));
    const lost = (text: string) => {
      const codec = parseCodec(text);
      const parameters = alone(values, [2, 300]);
      const [decoded] = decode(codec, encode(codec, parameters, context()).bytes, parameters, context());
      return far(values.subarray(0, 300), decoded?.values.subarray(0, 300) ?? values);
    };
    expect(lost("int8(channel)")).toBeLessThanOrEqual((1 / 127 / 2) * 1.001);
    expect(lost("int8")).toBeGreaterThan(0.5);
  });

  it("depends on the stream where chance has a part", () => {
    for (const text of ["qsgd(4)", "randomk(0.05)", "powersgd(2)"]) {
      const codec = parseCodec(text);
      const bytes = (seed: number) => encode(codec, drawn(1), { random: randomOf(seed) }).bytes;
      expect(Buffer.compare(bytes(1), bytes(2))).not.toBe(0);
    }
  });

  it("is nothing for a deflated chain beside the same without", () => {
    const [plain, small] = [parseCodec("int8"), parseCodec("int8 | deflate(9)")];
    const sparse = drawn(1).map((part) => ({ ...part, values: part.values.map((value) => (value > 1.5 ? value : 0)) }));
    const [whole, deflated] = [encode(plain, sparse, context()).bytes, encode(small, sparse, context()).bytes];
    expect(deflated.byteLength).toBeLessThan(0.6 * whole.byteLength);
    expect(decode(small, deflated, network, context())).toEqual(decode(plain, whole, network, context()));
    // Random numbers don't get smaller: then they are sent as they are.
    expect(encode(parseCodec("qsgd(8) | deflate"), drawn(1), context()).bytes.byteLength).toBeLessThanOrEqual(
      encodedBytes(parseCodec("qsgd(8) | deflate"), network).most,
    );
  });
});

describe("the McMahan CNN", () => {
  const graph = namedModel("mcmahan-cnn");
  const floats = 4 * graph.parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const change = graph.parameters.map(({ name, shape }) => ({
    name,
    shape,
    values: new Float32Array(elementCount(shape)).map((_, at) => Math.sin(at * 12.9898) * 1e-3),
  }));

  it.each([
    ["int8", 3.9],
    ["topk(0.01)", 70],
    ["topk(0.01) | int8", 160],
    ["sign", 31],
    ["randomk(0.01)", 90],
  ])("of %s is at least %d times smaller", (text, ratio) => {
    const { bytes } = encode(parseCodec(text), change, { random: randomOf(1) });
    expect(floats / bytes.byteLength).toBeGreaterThan(ratio);
  });
});

describe("an encoder", () => {
  const codec = parseCodec("delta | int8");
  const weird = (value: number) => alone(new Float32Array(300).fill(value, 7, 8));

  it.each([
    ["NaN", Number.NaN, "update_not_finite"],
    ["infinity", Number.NEGATIVE_INFINITY, "update_not_finite"],
    ["more than 2^64", -(2 ** 64.5), "update_out_of_range"],
  ] as const)("refuses %s, whatever the codec", (_, value, code) => {
    for (const text of ["float32", "int8", "qsgd(4)", "topk(0.05)", "sign", "delta | powersgd(2)"]) {
      const given = { random: randomOf(1), reference: weird(0) };
      expect(() => encode(parseCodec(text), weird(value), given)).toThrow(failure(code));
      expect(() =>
        encode(parseCodec(text), alone(Float32Array.of(value), [1]), {
          ...given,
          reference: alone(new Float32Array(1), [1]),
        }),
      ).toThrow(failure(code));
      if (text !== "float32")
        expect(() =>
          encode(parseCodec(text), weird(0), { ...given, errorFeedback: true, residual: weird(value) }),
        ).toThrow(failure(code));
    }
  });

  it("refuses a reference or a residual of another network", () => {
    const random = randomOf(1);
    const refused = (given: Partial<EncodeContext>) =>
      expect(() => encode(codec, drawn(1), { random, errorFeedback: true, ...given })).toThrow(
        failure("parameters_mismatch"),
      );
    refused({});
    refused({ reference: reference.slice(1) });
    refused({ reference: reference.toReversed() });
    refused({ reference: reference.map((part) => ({ ...part, values: part.values.subarray(1) })) });
    refused({ reference, residual: alone(new Float32Array(7)) });
    expect(() =>
      encode(codec, [{ name: "a", shape: [2], values: new Float32Array(3) }], { random, reference }),
    ).toThrow(failure("parameters_mismatch"));
  });

  it("takes any values up to 2^64, and its own decoder takes what comes of them", () => {
    const values = fc.float32Array({ minLength: 256, maxLength: 600, min: -(2 ** 64), max: 2 ** 64, noNaN: true });
    fc.assert(
      fc.property(
        values,
        // Of float16, 65504 is the most.
        fc.constantFrom(...chains.filter((text) => !/\bfloat16/.test(text))),
        (drawnValues, text) => {
          const [chain, parameters] = [parseCodec(text), alone(drawnValues)];
          const given = { random: randomOf(1), reference: alone(new Float32Array(drawnValues.length)) };
          const { bytes, residual } = encode(chain, parameters, given);
          for (const { values } of [...decode(chain, bytes, parameters, given), ...(residual ?? [])])
            expect(values.every(Number.isFinite)).toBe(true);
        },
      ),
    );
  });
});
