import { TributaryError } from "@tributary/protocol";
import fc from "fast-check";
import protobuf from "protobufjs/minimal.js";
import { describe, expect, it } from "vitest";
import { initialise } from "../initialise.js";
import { namedModel } from "../models/named-models.js";
import { exportOnnx } from "./export.js";
import { decodeOnnxParameters, readOnnx } from "./read.js";

type Part = (writer: protobuf.Writer) => unknown;

const message = (...parts: readonly Part[]): Uint8Array => {
  const writer = protobuf.Writer.create();
  for (const part of parts) part(writer);
  return writer.finish();
};
const number =
  (field: number, value: number): Part =>
  (writer) =>
    writer.uint32(field * 8).int64(value);
const bytes =
  (field: number, value: Uint8Array): Part =>
  (writer) =>
    writer.uint32(field * 8 + 2).bytes(value);
const text =
  (field: number, value: string): Part =>
  (writer) =>
    writer.uint32(field * 8 + 2).string(value);

const tensor = (...parts: readonly Part[]): Part => bytes(5, message(...parts));
const file = (...tensors: readonly Part[]): Uint8Array => message(bytes(7, message(...tensors)));
const float = number(2, 1);
const name = text(8, "w");
const dims = (...sizes: readonly number[]): Part =>
  bytes(
    1,
    message((writer) => sizes.map((size) => writer.int64(size))),
  );
const raw = (...values: readonly number[]): Part => bytes(9, new Uint8Array(Float32Array.from(values).buffer));

describe("an ONNX file", () => {
  it("gives its parameters, whether their values are bytes, packed numbers or one number after another", () => {
    const packed = bytes(4, new Uint8Array(Float32Array.of(1, 2).buffer));
    const single: Part = (writer) =>
      writer
        .uint32(4 * 8 + 5)
        .float(1)
        .uint32(4 * 8 + 5)
        .float(2);
    for (const values of [raw(1, 2), packed, single])
      expect(decodeOnnxParameters(file(tensor(dims(2), float, name, values)))).toEqual([
        { name: "w", shape: [2], values: Float32Array.of(1, 2) },
      ]);
  });

  it("may have its sizes one by one, and scalars", () => {
    const sizes: Part = (writer) => [1, 2].map((size) => number(1, size)(writer));
    expect(decodeOnnxParameters(file(tensor(sizes, float, name, raw(1, 2))))[0]?.shape).toEqual([1, 2]);
    expect(decodeOnnxParameters(file(tensor(float, name, raw(7))))).toEqual([
      { name: "w", shape: [], values: Float32Array.of(7) },
    ]);
  });

  it("gives other floating-point numbers as float32, and leaves whole numbers out", () => {
    const half = tensor(dims(2), number(2, 10), text(8, "half"), bytes(9, Uint8Array.of(0, 0x3e, 0, 0xc0)));
    const whole = tensor(dims(1), number(2, 7), text(8, "count"), number(7, 3));
    const content = file(half, whole);
    expect(decodeOnnxParameters(content)).toEqual([{ name: "half", shape: [2], values: Float32Array.of(1.5, -2) }]);
    expect(readOnnx(content).tensors.map(({ name, type }) => [name, type])).toEqual([
      ["half", "FLOAT16"],
      ["count", "INT64"],
    ]);
  });

  it("gives what PyTorch 2.15 exported, by the names of its state_dict", () => {
    const written =
      "CAkSB3B5dG9yY2gaBjIuMTUuMDrMBQqoAQoFaW5wdXQKDGNvbnYxLndlaWdodAoKY29udjEuYmlhcxIUL2NvbnYxL0NvbnZfb3V0cHV0XzAaCy9j" +
      "b252MS9Db252IgRDb252KhIKCWRpbGF0aW9uc0ABQAGgAQcqDAoFZ3JvdXAYAaABAioVCgxrZXJuZWxfc2hhcGVAAkACoAEHKhEKBHBhZHNAAEAA" +
      "QABAAKABByoQCgdzdHJpZGVzQAFAAaABBwozChQvY29udjEvQ29udl9vdXRwdXRfMBIOL1JlbHVfb3V0cHV0XzAaBS9SZWx1IgRSZWx1CkMKDi9S" +
      "ZWx1X291dHB1dF8wEhEvRmxhdHRlbl9vdXRwdXRfMBoIL0ZsYXR0ZW4iB0ZsYXR0ZW4qCwoEYXhpcxgBoAECCnIKES9GbGF0dGVuX291dHB1dF8w" +
      "CgpmYzEud2VpZ2h0CghmYzEuYmlhcxIGbG9naXRzGgkvZmMxL0dlbW0iBEdlbW0qDwoFYWxwaGEVAACAP6ABASoOCgRiZXRhFQAAgD+gAQEqDQoG" +
      "dHJhbnNCGAGgAQISCm1haW5fZ3JhcGgqOggCCAEIAggCEAFCDGNvbnYxLndlaWdodEogSuiDPlT8Yb6gg8a9IFFwPgIC8b4Sh5k+qKnSvQo9gj4q" +
      "GggCEAFCCmNvbnYxLmJpYXNKCHhajj0AxHq9KnQIAwgIEAFCCmZjMS53ZWlnaHRKYKzUyD1P4Y48CjoEPjsWDb6UKtO8nl8CvbnmUT22H7m6tz2e" +
      "PmJT4T1R0wa+Sahavr+7cr15KRy+jgfovRCuijxA0lc+A8hEPqP0sL5ob2A+80fKPfa0qz6Z924+/O6kviocCAMQAUIIZmMxLmJpYXNKDF0drL51" +
      "ny6+iPSePlofCgVpbnB1dBIWChQIARIQCgIIAQoCCAEKAggDCgIIA2IYCgZsb2dpdHMSDgoMCAESCAoCCAEKAggDQgIQFA==";
    const parameters = decodeOnnxParameters(Buffer.from(written, "base64"));
    expect(parameters.map(({ name, shape }) => [name, shape])).toEqual([
      ["conv1.weight", [2, 1, 2, 2]],
      ["conv1.bias", [2]],
      ["fc1.weight", [3, 8]],
      ["fc1.bias", [3]],
    ]);
    expect(parameters[1]?.values).toEqual(Float32Array.of(0.06950849294662476, -0.061222076416015625));
    expect(parameters[2]?.values.at(-1)).toBe(-0.3221358060836792);
  });

  const good = [float, name, raw(1, 2)];
  it.each<[string, Uint8Array, string]>([
    ["is empty", new Uint8Array(), "it has no graph"],
    [
      "is text",
      new TextEncoder().encode("<html><body>not found</body></html>"),
      "the file is damaged or cut off at its byte 0",
    ],
    ["has two graphs", message(bytes(7, file()), bytes(7, file())), "it has two graphs"],
    ["has a number as its graph", message(number(7, 1)), "the graph is a number"],
    [
      "has fewer values than its shape says",
      file(tensor(dims(3), ...good)),
      "w: 8 bytes of values do not fill [3] of FLOAT",
    ],
    ["has more", file(tensor(dims(1), ...good)), "w: 8 bytes of values do not fill [1] of FLOAT"],
    [
      "claims a thousand million values",
      file(tensor(dims(1e9), ...good)),
      "w: 8 bytes of values do not fill [1000000000] of FLOAT",
    ],
    [
      "claims more than can be counted",
      file(tensor(dims(2 ** 40, 2 ** 40), ...good)),
      "w: [1099511627776,1099511627776] has too many values",
    ],
    ["has a negative size", file(tensor(dims(-2, -1), ...good)), "w: [-2,-1] is no shape"],
    ["has too many dimensions", file(tensor(dims(...Array(17).fill(1)), ...good)), "w has more than 16 dimensions"],
    ["has far too many dimensions", file(tensor(name, bytes(1, new Uint8Array(1e6)))), "w has more than 16 dimensions"],
    [
      "keeps its values in another file",
      file(tensor(dims(2), float, name, text(13, "/etc/passwd"))),
      "w is kept in another file",
    ],
    ["says that it does", file(tensor(dims(2), ...good, number(14, 1))), "w is kept in another file"],
    ["has one name twice", file(tensor(dims(2), ...good), tensor(dims(2), ...good)), 'two initializers are named "w"'],
    ["has a name that is no text", file(tensor(bytes(8, Uint8Array.of(255)))), "initializer 1's name is no text"],
    ["has a name without an end", file(tensor(text(8, "w".repeat(300)))), "initializer 1: its name is too long"],
    ["has a number for its values", file(tensor(name, number(9, 1))), "w's values is a number"],
    ["is cut off", file(tensor(dims(2), ...good)).subarray(0, 20), "the file is damaged or cut off at its byte 0"],
    [
      "has a length that leads out of it",
      message(bytes(7, Uint8Array.of(5 * 8 + 2, 255, 255, 255, 255, 15))),
      "the graph is damaged or cut off at its byte 0",
    ],
    ["has groups in groups", new Uint8Array(1e6).fill(7 * 8 + 3), "the file is damaged or cut off at its byte 0"],
  ])("is refused when it %s", (_, content, message) => {
    expect(() => decodeOnnxParameters(content)).toThrow(
      expect.objectContaining({ code: "file_invalid", message: `not an ONNX file: ${message}` }),
    );
  });

  it("is refused in one line, whatever its names say", () => {
    expect(() => readOnnx(file(tensor(text(8, "a\n\u001b[31mb"), dims(2), float)))).toThrow(
      "not an ONNX file: a [31mb: 0 bytes of values do not fill [2] of FLOAT",
    );
  });

  it("does not make its reader go deeper", () => {
    let nested: Uint8Array = new Uint8Array();
    for (let depth = 0; depth < 5_000; depth++) nested = message(bytes(1, nested));
    expect(readOnnx(message(bytes(7, message(bytes(1, nested))))).tensors).toEqual([]);
  });

  it("never causes anything but a typed error, whatever bytes are changed", () => {
    const graph = namedModel("logistic");
    const content = exportOnnx(graph, initialise(graph, 1)).slice(0, 1_500);
    const whole = exportOnnx(graph, initialise(graph, 1));
    for (const source of [content, whole])
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { minLength: 1, maxLength: 6 }), (edits) => {
          const copy = source.slice();
          for (const [at, value] of edits) copy[at] = value;
          try {
            decodeOnnxParameters(copy);
          } catch (error) {
            expect(error).toBeInstanceOf(TributaryError);
          }
        }),
        { numRuns: 500 },
      );
  });

  it("takes memory for what is in it, not for what it says", () => {
    const claims = file(...Array.from({ length: 2_000 }, () => tensor(dims(2 ** 30), float, raw(1))));
    const before = process.memoryUsage().arrayBuffers;
    expect(() => decodeOnnxParameters(claims)).toThrow(expect.objectContaining({ code: "file_invalid" }));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });
});
