import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { elementCount, encodeParameterHeader, encodeParameters } from "./index.js";

const parameter = fc
  .record({
    name: fc.string({ minLength: 1, maxLength: 200, unit: "grapheme" }),
    shape: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 3 }),
  })
  .map(({ name, shape }) => ({ name, shape, values: new Float32Array(elementCount(shape)).fill(0.1) }));

describe("a parameter header", () => {
  it("with the values behind it is the encoding of the parameter, also for scalars", () => {
    fc.assert(
      fc.property(fc.array(parameter, { minLength: 1, maxLength: 4 }), (parameters) => {
        const parts = parameters.flatMap(({ name, shape, values }) => [
          encodeParameterHeader(name, shape),
          new Uint8Array(values.buffer),
        ]);
        expect(Buffer.concat(parts).equals(encodeParameters(parameters))).toBe(true);
      }),
    );
  });
});
