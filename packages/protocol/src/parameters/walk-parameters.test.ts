import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TributaryError } from "../errors.js";
import { v1 } from "../proto.js";
import { failure } from "../testing/failure.js";
import { bitsOf, parameterSets } from "../testing/parameter-sets.js";
import { type ByteSource, bytesSource } from "./byte-source.js";
import { decodeParameters } from "./decode-parameters.js";
import { encodeParameters } from "./encode-parameters.js";
import type { ParameterSet } from "./parameter.js";
import { walkParameters } from "./walk-parameters.js";

async function walk(source: ByteSource, slice?: Float32Array<ArrayBuffer>): Promise<ParameterSet> {
  const walked = [];
  for await (const { name, shape, slices } of walkParameters(source, slice)) {
    const parts: Uint8Array[] = [];
    for await (const { buffer, byteOffset, byteLength } of slices())
      parts.push(new Uint8Array(buffer, byteOffset, byteLength).slice());
    walked.push({ name, shape, values: new Float32Array(new Uint8Array(Buffer.concat(parts)).buffer) });
  }
  return walked;
}

/** Gives at most so many bytes at a time, as a disk may. */
const halting = (source: ByteSource, most: number): ByteSource => ({
  size: source.size,
  readInto: (target, position) => source.readInto(target.subarray(0, most), position),
});

const small = encodeParameters([
  { name: "conv.weight", shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) },
  { name: "conv.bias", shape: [2], values: Float32Array.of(7, 8) },
]);

describe("walking through an encoded parameter set", () => {
  it("meets what decoding it whole gives, for any length of slice and any pace of the source", async () => {
    await fc.assert(
      fc.asyncProperty(
        parameterSets,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 500 }),
        async (parameters, sliceLength, most) => {
          const bytes = encodeParameters(parameters);
          const walked = await walk(halting(bytesSource(bytes), most), new Float32Array(sliceLength));
          expect(bitsOf(walked)).toEqual(bitsOf(decodeParameters(bytes)));
        },
      ),
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

  it("may pass over values", async () => {
    const names: string[] = [];
    for await (const { name } of walkParameters(bytesSource(small))) names.push(name);
    expect(names).toEqual(["conv.weight", "conv.bias"]);
  });

  it("reads many small parameters with few reads", async () => {
    const parameters = Array.from({ length: 1_000 }, (_, index) => ({
      name: `layers.${index}.bias`,
      shape: [4],
      values: Float32Array.of(index, 1, 2, 3),
    }));
    const source = bytesSource(encodeParameters(parameters));
    let reads = 0;
    const counting: ByteSource = {
      size: source.size,
      readInto(target, position) {
        reads += 1;
        return source.readInto(target, position);
      },
    };
    expect(await walk(counting)).toEqual(parameters);
    expect(reads).toBeLessThan(5);
  });
});

describe("hostile bytes", () => {
  /** One parameter, its header as protobufjs writes it. */
  const entry = (properties: v1.NamedTensor.$Properties) =>
    v1.ParameterSet.encode({ parameters: [properties] }).finish();
  const tensor = { dtype: v1.DType.DTYPE_FLOAT32, shape: [1], data: new Uint8Array(4) };
  const valid = Buffer.from(entry({ name: "w", tensor }));
  /** The same with some bytes in place of others. */
  const edited = (from: number[], to: number[]) => {
    const at = valid.indexOf(Buffer.from(from));
    expect(at).toBeGreaterThanOrEqual(0);
    return Buffer.concat([valid.subarray(0, at), Buffer.from(to), valid.subarray(at + from.length)]);
  };

  it.each([
    [
      "a length that runs out of the file",
      Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x0a, 0x01, 0x77]),
      "file_invalid",
    ],
    ["an inner length that runs out of its frame", edited([0x1a, 0x04], [0x1a, 0x05]), "file_invalid"],
    ["an integer without an end", Buffer.alloc(20, 0xff), "file_invalid"],
    ["an integer longer than it needs to be", edited([0x08, 0x01], [0x08, 0x81, 0x00]), "file_invalid"],
    ["another wire type", edited([0x08, 0x01], [0x0d, 0x01]), "file_invalid"],
    ["an unknown field", Buffer.concat([valid, Buffer.from([0x78, 0x01])]), "file_invalid"],
    [
      "a field twice",
      Buffer.concat([valid.subarray(0, 2), Buffer.from([0x0a, 0x01, 0x77]), valid.subarray(2)]),
      "file_invalid",
    ],
    ["fields in another order", entry({ tensor }), "file_invalid"],
    ["no tensor", entry({ name: "w" }), "file_invalid"],
    ["an empty name", entry({ name: "", tensor }), "file_invalid"],
    ["a name that is not UTF-8", edited([0x0a, 0x01, 0x77], [0x0a, 0x01, 0xff]), "file_invalid"],
    ["a name longer than 1 KiB", entry({ name: "w".repeat(1_025), tensor }), "file_invalid"],
    ["a name longer than the header may be", entry({ name: "w".repeat(100_000), tensor }), "file_invalid"],
    [
      "more than 16 dimensions",
      entry({ name: "w", tensor: { ...tensor, shape: new Array(17).fill(1) } }),
      "file_invalid",
    ],
    ["a shape cut off", edited([0x12, 0x01, 0x01], [0x12, 0x01, 0x81]), "file_invalid"],
    ["one name twice", Buffer.concat([valid, valid]), "file_invalid"],
    [
      "another dtype",
      entry({ name: "w", tensor: { ...tensor, dtype: v1.DType.DTYPE_FLOAT64 } }),
      "update_dtype_mismatch",
    ],
    [
      "a shape whose product overflows",
      entry({ name: "w", tensor: { ...tensor, shape: new Array(16).fill(2 ** 32 - 1) } }),
      "update_shape_mismatch",
    ],
    [
      "a shape whose product is 2^64 and no values",
      entry({ name: "w", tensor: { ...tensor, shape: [2 ** 31, 2 ** 31, 4], data: new Uint8Array() } }),
      "update_shape_mismatch",
    ],
    ["fewer values than the shape", entry({ name: "w", tensor: { ...tensor, shape: [2] } }), "update_shape_mismatch"],
    [
      "bytes that are no float32",
      entry({ name: "w", tensor: { ...tensor, data: new Uint8Array(5) } }),
      "update_shape_mismatch",
    ],
  ] as const)("are refused when they hold %s", async (_, bytes, code) => {
    await expect(walk(bytesSource(bytes))).rejects.toEqual(failure(code));
    expect(() => decodeParameters(bytes)).toThrow(failure(code));
  });

  it("hold no more than 100,000 parameters", async () => {
    const parameters = Array.from({ length: 100_001 }, (_, index) => ({
      name: `${index}`,
      tensor: { ...tensor, shape: [0], data: new Uint8Array() },
    }));
    const most = v1.ParameterSet.encode({ parameters: parameters.slice(1) }).finish();
    const more = v1.ParameterSet.encode({ parameters }).finish();
    expect(decodeParameters(most)).toHaveLength(100_000);
    await expect(walk(bytesSource(more))).rejects.toEqual(failure("file_invalid"));
  });

  it("are refused when the source ends before its size", async () => {
    const source = { ...bytesSource(small.subarray(0, -3)), size: small.byteLength };
    await expect(walk(source)).rejects.toEqual(failure("file_invalid"));
  });

  it("end in values or a typed error, the same for both readers, and what is taken is the one encoding of its values", async () => {
    const edits = fc.array(
      fc.record({ at: fc.nat(small.length), remove: fc.nat(2), insert: fc.uint8Array({ maxLength: 2 }) }),
      { minLength: 1, maxLength: 4 },
    );
    const mutated = fc
      .tuple(edits, fc.nat(small.length))
      .map(([changes, length]) =>
        changes.reduce<Uint8Array>(
          (bytes, { at, remove, insert }) =>
            Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]),
          length % 3 === 0 ? small.subarray(0, length) : small,
        ),
      );
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated, fc.uint8Array({ maxLength: 100 })), async (bytes) => {
        const outcome = (error: unknown) => {
          expect(error).toBeInstanceOf(TributaryError);
          return (error as TributaryError).message;
        };
        const walked = await walk(bytesSource(bytes)).then(bitsOf, outcome);
        const decoded = await Promise.resolve(bytes).then(decodeParameters).then(bitsOf, outcome);
        expect(walked).toEqual(decoded);
        if (typeof walked !== "string")
          expect(Buffer.compare(encodeParameters(decodeParameters(bytes)), bytes)).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });
});
