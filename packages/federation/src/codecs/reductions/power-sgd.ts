import { elementCount, type RandomStream } from "@tributary/protocol";
import type { ByteReader } from "../byte-reader.js";
import type { ByteWriter } from "../byte-writer.js";
import { ROUNDING, START } from "../random-source.js";
import type { ValueFormat } from "../values/value-format.js";
import { dense } from "./dense.js";
import { leftFactor, orthonormalise, product, rightFactor } from "./factors.js";
import { readingAll, type Shape, type TensorCodec } from "./tensor-codec.js";

/**
 * PowerSGD (Vogels et al. 2019, algorithm 1) of one worker: a tensor as a matrix M [first axis, all others] becomes P̂ Qᵀ with one power iteration,
 * P = M Q, P̂ = orthonormal P, Q = Mᵀ P̂. Q begins with normal numbers from the seeded stream, anew each time, so that a worker has
 * nothing to keep beside its residual; it is then the range finder of Halko et al. 2011, algorithm 4.1, and exact where M's rank is not above `rank`.
 *
 * The columns of P̂ and then those of Q are written, each a list of its own. Where that would be no less than the tensor, which is so of vectors, it is
 * written as it is.
 */
export function powerSgd(rank: number, format: ValueFormat): TensorCodec {
  const whole = dense(format);
  const plan = (shape: Shape) => {
    const [rows = 1] = shape;
    const columns = elementCount(shape) / rows;
    return { rows, columns, isFactored: rank * (rows + columns) < rows * columns };
  };
  const read: TensorCodec["read"] = (from, shape, into, random) => {
    const { rows, columns, isFactored } = plan(shape);
    if (!isFactored) return whole.read(from, shape, into, random);
    const left = readColumns(from, rows);
    product(left, readColumns(from, columns), rank, into);
  };
  const readColumns = (from: ByteReader, length: number) => {
    const factor = new Float32Array(rank * length);
    for (let start = 0; start < factor.length; start += length)
      format.read(from, factor.subarray(start, start + length));
    return factor;
  };
  const writeColumns = (factor: Float64Array, length: number, to: ByteWriter, rounding: RandomStream) => {
    for (let start = 0; start < factor.length; start += length)
      format.write(Float32Array.from(factor.subarray(start, start + length)), to, rounding);
  };
  return {
    bytes(shape) {
      const { rows, columns, isFactored } = plan(shape);
      if (!isFactored) return whole.bytes(shape);
      const all = rank * (format.bytes(rows) + format.bytes(columns));
      return { least: all, most: all };
    },
    write(values, shape, to, random) {
      const { rows, columns, isFactored } = plan(shape);
      if (!isFactored) return whole.write(values, shape, to, random);
      const left = orthonormalise(leftFactor(values, normals(rank, columns, random(START)), rows), rank);
      const right = rightFactor(values, left, columns);
      const rounding = random(ROUNDING);
      writeColumns(left, rows, to, rounding);
      writeColumns(right, columns, to, rounding);
    },
    ...readingAll(read),
  };
}

/** Columns of normal numbers, one after the other. */
function normals(rank: number, length: number, random: RandomStream): Float64Array {
  const columns = new Float64Array(rank * length);
  for (let index = 0; index < columns.length; index++) columns[index] = random.normal();
  return columns;
}
