import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf, hex } from "../digest.js";
import { v1 } from "../proto.js";
import { failure } from "../testing/failure.js";
import { bitsOf, parameterSets } from "../testing/parameter-sets.js";
import { decodeParameters } from "./decode-parameters.js";
import { encodeParameterHeader, encodeParameters } from "./encode-parameters.js";

const weight = { name: "fc.weight", shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) };

describe("an encoded parameter set", () => {
  it("decodes to the same bits: any names and shapes, infinities, every NaN", () => {
    fc.assert(
      fc.property(parameterSets, (parameters) => {
        expect(bitsOf(decodeParameters(encodeParameters(parameters)))).toEqual(bitsOf(parameters));
      }),
    );
  });

  it("is the same bytes each time, so that its digest names the model", () => {
    fc.assert(
      fc.property(parameterSets, (parameters) => {
        const bytes = encodeParameters(parameters);
        expect(encodeParameters(decodeParameters(bytes))).toEqual(bytes);
      }),
    );
    // Models are named by this for ever. Source: the wire format of protocol buffers, written by hand in Python.
    const scalar = { name: "temperature", shape: [], values: Float32Array.of(0.5) };
    expect(hex(digestOf(encodeParameters([weight, scalar])))).toBe(
      "06ad377a26328956ec260f1639a639673908dd9cc6e3c5f01af739af108684ba",
    );
  });

  it("may be empty", () => {
    expect(encodeParameters([])).toHaveLength(0);
    expect(decodeParameters(new Uint8Array())).toEqual([]);
  });

  it("is a ParameterSet message", () => {
    const { parameters } = v1.ParameterSet.decode(encodeParameters([weight]));
    expect(parameters).toMatchObject([{ name: "fc.weight", tensor: { dtype: v1.DType.DTYPE_FLOAT32, shape: [2, 3] } }]);
  });

  it("is decoded wherever it stands in memory, and the values are the caller's own", () => {
    const bytes = encodeParameters([weight]);
    for (const offset of [0, 1, 2, 3]) {
      const memory = new Uint8Array(bytes.byteLength + 4);
      memory.set(bytes, offset);
      const decoded = decodeParameters(memory.subarray(offset, offset + bytes.byteLength));
      memory.fill(0);
      expect(decoded).toEqual([weight]);
    }
  });

  it("can be written part by part: a header, values, a header, values", () => {
    fc.assert(
      fc.property(parameterSets, (parameters) => {
        const written = parameters.filter(({ shape }) => !shape.includes(0));
        const parts = written.flatMap(({ name, shape, values }) => [
          encodeParameterHeader(name, shape),
          new Uint8Array(values.buffer),
        ]);
        expect(Buffer.compare(Buffer.concat(parts), encodeParameters(written))).toBe(0);
      }),
    );
  });

  it("is not made of values that do not fill their shape", () => {
    expect(() => encodeParameters([{ ...weight, shape: [7] }])).toThrow(failure("update_shape_mismatch"));
  });
});
