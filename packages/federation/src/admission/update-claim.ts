import { elementCount, TributaryError } from "@tributary/protocol";
import type { ExpectedParameter } from "../codecs/layout.js";

/**
 * How many bytes an update of these parameters has, exactly: nothing else is taken.
 * Source: the wire format of protocol buffers, fields as `encodeParameters` writes them.
 */
export function encodedSize(parameters: readonly ExpectedParameter[]): number {
  return parameters.reduce((sum, { name, shape }) => {
    const data = elementCount(shape) * 4;
    const nameField = 1 + varintLength(utf8Length(name)) + utf8Length(name);
    const sizes = shape.reduce((bytes, size) => bytes + varintLength(size), 0);
    const shapeField = shape.length === 0 ? 0 : 1 + varintLength(sizes) + sizes;
    const tensor = 2 + shapeField + 1 + varintLength(data) + data;
    const entry = nameField + 1 + varintLength(tensor) + tensor;
    return sum + 1 + varintLength(entry) + entry;
  }, 0);
}

const utf8Length = (text: string): number => new TextEncoder().encode(text).length;

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length += 1;
  return length;
}

/**
 * Checks what a worker says of its update before the content is looked at.
 * @param expected samples that the worker trains on, of those that it registered
 * @throws TributaryError `sample_count_invalid`
 */
export function checkSampleCount(claimed: number, expected: number): void {
  if (claimed !== expected)
    throw new TributaryError(
      "sample_count_invalid",
      `the update says ${claimed} samples, and the worker trains on ${expected}`,
    );
}
