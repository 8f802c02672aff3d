import { elementCount, type ParameterSet, TributaryError } from "@tributary/protocol";
import type { ExpectedParameter } from "./layout.js";

/** The global model that a change is of, once it is sure to be of this network. @throws TributaryError `parameters_mismatch` */
export function matching(expected: readonly ExpectedParameter[], reference: ParameterSet | undefined): ParameterSet {
  if (reference === undefined) throw mismatch("delta needs the global model's parameters");
  if (reference.length !== expected.length)
    throw mismatch(`the global model has ${reference.length} parameters, ${expected.length} are wanted`);
  for (const [index, { name, shape }] of expected.entries()) {
    const other = reference[index];
    if (other?.name !== name || other.values.length !== elementCount(shape))
      throw mismatch(`the global model's ${other?.name} [${other?.shape}] stands where ${name} [${shape}] is wanted`);
  }
  return reference;
}

/**
 * What the parts of an update are changes of: the global model, and nothing for the vectors that come behind it, which are changes themselves.
 *
 * @param returned those vectors' parts
 */
export const referenceOf = (global: ParameterSet, returned: readonly ExpectedParameter[]): ParameterSet => [
  ...global,
  ...returned.map(({ name, shape }) => ({ name, shape, values: new Float32Array(elementCount(shape)) })),
];

const mismatch = (message: string) => new TributaryError("parameters_mismatch", message);
