import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TributaryError } from "../errors.js";
import { decodeParameters, elementCount, encodeParameters, type ParameterSet } from "../parameters.js";
import { bytesSource, walkParameters } from "./walk-parameters.js";

const parameterSets: fc.Arbitrary<ParameterSet> = fc.array(
  fc
    .record({
      name: fc.string({ minLength: 1, maxLength: 20 }),
      shape: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 }),
    })
    .chain(({ name, shape }) =>
      fc
        .array(fc.float(), { minLength: elementCount(shape), maxLength: elementCount(shape) })
        .map((values) => ({ name, shape, values: Float32Array.from(values) })),
    ),
  { maxLength: 6 },
);

async function walk(bytes: Uint8Array): Promise<ParameterSet> {
  const walked = [];
  for await (const { name, shape, slices } of walkParameters(bytesSource(bytes))) {
    const values: number[] = [];
    for await (const slice of slices()) values.push(...slice);
    walked.push({ name, shape, values: Float32Array.from(values) });
  }
  return walked;
}

describe("walking through an encoded parameter set", () => {
  it("meets what decoding it whole gives", async () => {
    await fc.assert(
      fc.asyncProperty(parameterSets, async (parameters) => {
        const bytes = encodeParameters(parameters);
        const walked = await walk(bytes);
        expect(walked).toEqual(decodeParameters(bytes));
        expect(encodeParameters(walked)).toEqual(bytes);
      }),
    );
  });

  it("gives large parameters in slices of at most 1 MiB", async () => {
    const values = Float32Array.from({ length: 600_001 }, (_, index) => index);
    const bytes = encodeParameters([{ name: "large", shape: [600_001], values }]);
    const lengths: number[] = [];
    let next = 0;
    for await (const { slices } of walkParameters(bytesSource(bytes)))
      for await (const slice of slices()) {
        lengths.push(slice.length);
        expect(slice[0]).toBe(next);
        next += slice.length;
      }
    expect(lengths).toEqual([262_144, 262_144, 75_713]);
  });

  it("never ends in anything but values or a typed error, whatever bytes are changed or cut", async () => {
    const bytes = encodeParameters([
      { name: "conv.weight", shape: [2, 3], values: new Float32Array(6) },
      { name: "conv.bias", shape: [2], values: new Float32Array(2) },
    ]);
    const edits = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(edits, fc.nat(bytes.length), async (changes, length) => {
        const copy = bytes.slice(0, length);
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
        await walk(copy).catch((error) => expect(error).toBeInstanceOf(TributaryError));
      }),
      { numRuns: 1000 },
    );
  });

  it("refuses a length that runs out of the file before it reads or allocates it", async () => {
    const bytes = Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x0a, 0x01, 0x77);
    await expect(walk(bytes)).rejects.toEqual(expect.objectContaining({ code: "file_invalid" }));
  });
});
