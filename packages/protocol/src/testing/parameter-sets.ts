import fc from "fast-check";
import { elementCount, type Parameter, type ParameterSet } from "../parameters/parameter.js";

const parameter: fc.Arbitrary<Parameter> = fc
  .record({
    name: fc.string({ minLength: 1, maxLength: 20, unit: "binary" }),
    shape: fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 4 }),
  })
  .chain(({ name, shape }) =>
    fc
      // From bits, so that every NaN there is comes too.
      .uint32Array({ minLength: elementCount(shape), maxLength: elementCount(shape) })
      .map((bits) => ({ name, shape, values: new Float32Array(bits.buffer) })),
  );

/** Any parameter sets: empty ones, scalars, empty tensors, odd names, NaN with any payload. */
export const parameterSets: fc.Arbitrary<ParameterSet> = fc.uniqueArray(parameter, {
  selector: ({ name }) => name,
  maxLength: 6,
});

/** A set as plain bits, since a comparison of floats does not tell one NaN from another. */
export const bitsOf = (parameters: ParameterSet) =>
  parameters.map(({ name, shape, values }) => ({
    name,
    shape: [...shape],
    bits: new Uint32Array(values.buffer, values.byteOffset, values.length),
  }));
