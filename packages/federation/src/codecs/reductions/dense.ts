import { elementCount } from "@tributary/protocol";
import { ROUNDING } from "../random-source.js";
import type { ValueFormat } from "../values/value-format.js";
import { readingAll, type Shape, type TensorCodec } from "./tensor-codec.js";

/** All values, as one list. */
export const dense = (format: ValueFormat): TensorCodec => inRows(format, () => 1);

/** Values of a channel at least: with fewer, its scale is too large a part, and the tensor has one scale. */
const LEAST_OF_CHANNEL = 16;

/** All values, a list for each index of the first axis, which is the output channel. */
export const densePerChannel = (format: ValueFormat): TensorCodec =>
  inRows(format, (shape) => {
    const [channels = 1] = shape;
    return elementCount(shape) / channels >= LEAST_OF_CHANNEL ? channels : 1;
  });

function inRows(format: ValueFormat, rowsOf: (shape: Shape) => number): TensorCodec {
  const read: TensorCodec["read"] = (from, shape, into) => {
    const length = into.length / rowsOf(shape);
    for (let start = 0; start < into.length; start += length) format.read(from, into.subarray(start, start + length));
  };
  return {
    bytes(shape) {
      const rows = rowsOf(shape);
      const all = rows * format.bytes(elementCount(shape) / rows);
      return { least: all, most: all };
    },
    write(values, shape, to, random) {
      const length = values.length / rowsOf(shape);
      const rounding = random(ROUNDING);
      for (let start = 0; start < values.length; start += length)
        format.write(values.subarray(start, start + length), to, rounding);
    },
    ...readingAll(read),
  };
}
