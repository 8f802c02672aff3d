import { z } from "zod";
import { defineOp, Mismatch, type Shape, shapeText } from "./op.js";

/**
 * The shape of two values together: the same number of dimensions, each of the same size or 1 in one of them.
 * @throws Mismatch
 */
function broadcast(a: Shape, b: Shape): number[] {
  if (a.length !== b.length) throw new Mismatch(`a value of ${a.length} dimensions like ${shapeText(a)}`, shapeText(b));
  return a.map((size, axis) => {
    const other = b[axis] ?? 0;
    if (size === other || other === 1) return size;
    if (size === 1) return other;
    throw new Mismatch(`a value that fits ${shapeText(a)}`, shapeText(b));
  });
}

/**
 * An op of two operands, value by value. The second is an input of the same number of dimensions, sizes of 1 standing for
 * all; or the parameter `other`, which has a sample's dimensions; or else the number `scalar`.
 */
const binary = (name: string) =>
  defineOp({
    name,
    inputs: [1, 2],
    attributes: z.strictObject({ scalar: z.number().optional() }),
    parameters: { other: "optional" },
    infer({ input, inputs, attributes: { scalar }, parameters: { other } }) {
      const [, second] = inputs;
      const operands = [second, other, scalar].filter((operand) => operand !== undefined).length;
      if (operands !== 1)
        throw new Mismatch("a second input, a parameter or a scalar", operands === 0 ? "none" : `${operands} of them`);
      if (second !== undefined) return broadcast(input, second);
      if (other !== undefined) {
        const [batch = -1, ...sample] = input;
        return [batch, ...broadcast(sample, other)];
      }
      return [...input];
    },
  });

/** a + b. Source: PyTorch's `torch.add`. */
export const add = binary("add");
/** a − b. Source: PyTorch's `torch.sub`. */
export const sub = binary("sub");
/** a · b, value by value. Source: PyTorch's `torch.mul`. */
export const mul = binary("mul");
/** a / b. Source: PyTorch's `torch.div`. */
export const div = binary("div");

/**
 * A matrix product for each sample, `[batch, ..., n, k]` by `[batch, ..., k, m]` to `[batch, ..., n, m]`, the same dimensions in
 * between. Source: PyTorch's `torch.matmul`.
 */
export const matmul = defineOp({
  name: "matmul",
  inputs: [2, 2],
  attributes: z.strictObject({}),
  infer({ inputs: [a = [], b = []] }) {
    const [inner, columns] = b.slice(-2);
    const lead = a.slice(0, -2);
    if (a.length < 3 || inner === undefined || columns === undefined)
      throw new Mismatch("[batch, n, k] and [batch, k, m]", `${shapeText(a)} and ${shapeText(b)}`);
    if (b.length !== a.length || lead.some((size, axis) => size !== b[axis]) || a.at(-1) !== inner)
      throw new Mismatch(`${shapeText([...lead, a.at(-1) ?? 0])}, any columns`, shapeText(b));
    return [...a.slice(0, -1), columns];
  },
});
