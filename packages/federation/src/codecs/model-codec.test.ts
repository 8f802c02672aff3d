import { namedModel } from "@tributary/nn";
import { decodeParameters, encodeParameters, toTributaryError } from "@tributary/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkJobSpec } from "../job/parse-job-spec.js";
import { codecText } from "./chain/codec.js";
import { modelCodecOf } from "./chain/model-codec-schema.js";
import { codecStages, knowsCodec, parseCodec } from "./chain/parse-codec.js";
import { encodedBytes, isSentRaw } from "./layout.js";
import { packModel, roundedForTravel, roundedModel, unpackModel } from "./model-codec.js";
import { drawn, network } from "./testing/updates.js";

/** What is thrown, if something is. */
function failure(act: () => unknown) {
  try {
    act();
    return undefined;
  } catch (error) {
    return toTributaryError(error);
  }
}

const spec = (model: string) => checkJobSpec({ model: "lenet5", dataset: "mnist", codec: { model } });

describe.each(["float16", "bfloat16", "float16 | deflate", "bfloat16 | deflate(9)"])("models by %s", (text) => {
  const codec = parseCodec(text);
  const model = roundedModel(codec, drawn(1, 0.1));

  it("come out of the bytes as they went in, so that their digest proves them", () => {
    const unpacked = unpackModel(codec, packModel(codec, model), network);
    expect(Buffer.compare(unpacked, encodeParameters(model))).toBe(0);
  });

  it("are rounded once: again changes nothing, nor does rounding part by part", () => {
    expect(roundedModel(codec, model)).toEqual(model);
    for (const [index, { name, shape, values }] of drawn(1, 0.1).entries()) {
      const parts = [values.subarray(0, 7), values.subarray(7)].map((part) => roundedForTravel(codec, shape, part));
      expect(Float32Array.of(...parts.flatMap((part) => [...part])), name).toEqual(model[index]?.values);
    }
  });

  it("take half the bytes, or fewer, and no more than was said", () => {
    const { byteLength } = packModel(codec, model);
    expect(byteLength).toBeLessThan(0.6 * encodeParameters(model).byteLength);
    expect(byteLength).toBeLessThanOrEqual(encodedBytes(codec, network).most);
  });

  it("keep biases and statistics to the bit, and change the others by a rounding", () => {
    for (const [index, { shape, values }] of drawn(1, 0.1).entries()) {
      const rounded = model[index]?.values ?? new Float32Array();
      if (isSentRaw(shape)) expect(rounded).toEqual(values);
      else
        for (const [place, value] of values.entries())
          expect(Math.abs((rounded[place] ?? Number.NaN) - value)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -8);
    }
  });

  it("are refused where the bytes are no model", () => {
    const bytes = packModel(codec, model);
    fc.assert(
      fc.property(fc.nat(bytes.byteLength - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const hostile = Uint8Array.from(bytes);
        hostile[place] = (hostile[place] ?? 0) ^ change;
        const found = failure(() => decodeParameters(unpackModel(codec, hostile, network)));
        expect([undefined, "file_invalid", "update_not_finite"]).toContain(found?.code);
      }),
      { numRuns: 300 },
    );
    expect(failure(() => unpackModel(codec, bytes.subarray(1), network))?.code).toBe("file_invalid");
  });
});

describe("the codec of a job's models", () => {
  it("is float16 or bfloat16, with deflate or without", () => {
    for (const text of ["float16", "bfloat16", "float16 | deflate(1)"])
      expect(codecText(modelCodecOf(spec(text)) ?? parseCodec("float32"))).toBe(text);
    expect(modelCodecOf(checkJobSpec({ model: "lenet5", dataset: "mnist" }))).toBeUndefined();
  });

  it.each(["int8", "delta | float16", "topk(0.1) | float16", "sign", "float32", "deflate", "float17"])(
    "is not %s",
    (text) => expect(failure(() => spec(text))?.code).toBe("invalid_job_spec"),
  );

  it("refuses numbers that float16 does not hold", () => {
    const large = [{ name: "w", shape: [20, 20], values: new Float32Array(400).fill(7e4) }];
    expect(failure(() => roundedModel(parseCodec("float16"), large))?.code).toBe("update_out_of_range");
    expect(roundedModel(parseCodec("bfloat16"), large)[0]?.values[0]).toBeCloseTo(7e4, -3);
  });

  it("packs the McMahan CNN into half", () => {
    const { parameters } = namedModel("mcmahan-cnn");
    const { most } = encodedBytes(parseCodec("float16"), parameters);
    const plain = parameters.reduce((sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0);
    expect(plain / most).toBeGreaterThan(1.99);
  });
});

describe("whether a worker knows a codec", () => {
  it.each([
    [codecStages, "delta | topk(0.01) | int8 | deflate(3)", true],
    [["delta", "topk", "int8"], "delta|topk(0.01)|int8", true],
    [["delta", "topk", "int8"], "delta | topk(0.01) | int8 | deflate", false],
    [["float16"], "float16", true],
    [[], "float16", false],
    [[], "float32", false],
  ])("%j: %s: %j", (stages, chain, knows) => expect(knowsCodec(stages, chain)).toBe(knows));
});
