import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TributaryError } from "../errors.js";
import { failure } from "../testing/failure.js";
import { bitsOf, parameterSets } from "../testing/parameter-sets.js";
import { decodeParameters } from "./decode-parameters.js";
import { encodeParameters } from "./encode-parameters.js";
import type { ParameterSet } from "./parameter.js";
import { ParameterFeed } from "./parameter-feed.js";

/** Feeds bytes in pieces of these lengths, over and over. */
function fed(
  bytes: Uint8Array,
  lengths: readonly number[],
  sliceLength: number,
  size = bytes.byteLength,
): ParameterSet {
  const met: { readonly name: string; readonly shape: readonly number[] }[] = [];
  const bits: Uint8Array[][] = [];
  const feed = new ParameterFeed(size, new Float32Array(sliceLength), {
    parameter(name, shape) {
      met.push({ name, shape });
      bits.push([]);
    },
    values: ({ buffer, byteOffset, byteLength }) =>
      bits.at(-1)?.push(new Uint8Array(buffer, byteOffset, byteLength).slice()),
  });
  for (let at = 0, turn = 0; at < bytes.byteLength; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    feed.push(bytes.subarray(at, at + length));
    at += length;
  }
  feed.end();
  return met.map(({ name, shape }, place) => ({
    ...{ name, shape },
    values: new Float32Array(new Uint8Array(Buffer.concat(bits[place] ?? [])).buffer),
  }));
}

const lengths = fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 6 });
const small = encodeParameters([
  { name: "conv.weight", shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) },
  { name: "conv.bias", shape: [2], values: Float32Array.of(7, 8) },
]);

describe("an encoded parameter set that comes in pieces", () => {
  it("is what decoding it whole gives, for any lengths of the pieces and of the slice", () => {
    fc.assert(
      fc.property(parameterSets, lengths, fc.integer({ min: 1, max: 40 }), (parameters, pieces, sliceLength) => {
        const bytes = encodeParameters(parameters);
        expect(bitsOf(fed(bytes, pieces, sliceLength))).toEqual(bitsOf(decodeParameters(bytes)));
      }),
    );
  });

  it.each([1, 2, 3, 5, 7, 41])("of %i bytes", (length) => {
    expect(bitsOf(fed(small, [length], 3))).toEqual(bitsOf(decodeParameters(small)));
  });

  it("is refused with the code that decoding it whole gives, whatever was changed in it", () => {
    fc.assert(
      fc.property(fc.nat(small.byteLength - 1), fc.integer({ min: 1, max: 255 }), lengths, (at, change, pieces) => {
        const bytes = small.slice();
        bytes[at] = (bytes[at] ?? 0) ^ change;
        const outcome = (act: () => ParameterSet) => {
          try {
            return bitsOf(act());
          } catch (error) {
            if (error instanceof TributaryError) return error.code;
            throw error;
          }
        };
        expect(outcome(() => fed(bytes, pieces, 4))).toEqual(outcome(() => decodeParameters(bytes)));
      }),
    );
  });

  it("is refused when it is cut off, or longer than was said", () => {
    for (let end = 0; end < small.byteLength; end++)
      expect(() => fed(small.subarray(0, end), [5], 4, small.byteLength), `${end}`).toThrow(failure("file_invalid"));
    const longer = Buffer.concat([small, small]);
    expect(() => fed(longer, [7], 4, small.byteLength)).toThrow(failure("file_invalid"));
  });
});
