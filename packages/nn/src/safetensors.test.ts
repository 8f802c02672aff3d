import { type Parameter, TributaryError } from "@tributary/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { initialise } from "./initialise.js";
import { namedModel } from "./models/named-models.js";
import { decodeSafetensors, encodeSafetensors, readSafetensors } from "./safetensors.js";

const withHeader = (header: unknown, body: Uint8Array = new Uint8Array(0)): Uint8Array => {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + body.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  file.set(body, 8 + json.length);
  return file;
};

describe("safetensors", () => {
  it("keeps a model as it is", () => {
    const parameters = initialise(namedModel("lenet5"), 1);
    expect(decodeSafetensors(encodeSafetensors(parameters, { job: "abc" }))).toEqual(parameters);
  });

  it("lays the header and the tensors out as the format says", () => {
    const file = encodeSafetensors([{ name: "w", shape: [2], values: Float32Array.of(1, 2) }]);
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)))).toEqual({
      __metadata__: { format: "pt" },
      w: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
    });
    expect([...file.subarray(8 + length)]).toEqual([0, 0, 128, 63, 0, 0, 0, 64]);
  });

  it("reads a file that Python's safetensors 0.8.0 wrote, out of a Buffer too", () => {
    const written =
      "2AAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJieSI6InB5dGhvbiJ9LCJmYy5iaWFzIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyXSwiZGF0YV9vZmZz" +
      "ZXRzIjpbMCw4XX0sImZjLndlaWdodCI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMiwyXSwiZGF0YV9vZmZzZXRzIjpbOCwyNF19LCJzY2FsZSI6eyJk" +
      "dHlwZSI6IkYzMiIsInNoYXBlIjpbXSwiZGF0YV9vZmZzZXRzIjpbMjQsMjhdfX0gICAAAAA/AACAvwAAwD8AAADAAABAQAAAgD4AAOBA";
    const tensors = [
      { name: "fc.bias", shape: [2], values: Float32Array.of(0.5, -1) },
      { name: "fc.weight", shape: [2, 2], values: Float32Array.of(1.5, -2, 3, 0.25) },
      { name: "scale", shape: [], values: Float32Array.of(7) },
    ];
    expect(decodeSafetensors(Buffer.from(written, "base64"))).toEqual(tensors);
    expect(decodeSafetensors(Uint8Array.from(Buffer.from(written, "base64")))).toEqual(tensors);
  });

  /** One tensor [count] of a type, its bytes given. */
  const of = (dtype: string, count: number, body: Uint8Array, name = "w") =>
    withHeader({ [name]: { dtype, shape: [count], data_offsets: [0, body.length] } }, body);

  // The expected values are torch.tensor(bits).view(torch.float16), …bfloat16, …float64 as PyTorch 2.15 prints them.
  it.each<[string, ArrayBufferView<ArrayBuffer>, number[]]>([
    [
      "F16",
      Uint16Array.of(0x3c00, 0xc100, 0x7bff, 0x0001, 0x03ff, 0x8000, 0x7c00, 0xfc00, 0x7e00),
      [1, -2.5, 65504, 2 ** -24, 1023 * 2 ** -24, -0, Infinity, -Infinity, NaN],
    ],
    [
      "BF16",
      Uint16Array.of(0x3f80, 0xc020, 0x7f7f, 0x0001, 0x7f80, 0x7fc0),
      [1, -2.5, (2 - 2 ** -7) * 2 ** 127, 2 ** -133, Infinity, NaN],
    ],
    ["F64", Float64Array.of(1, -0.1, 1e300, 1e-300), [1, Math.fround(-0.1), Infinity, 0]],
  ])("reads %s as float32", (dtype, values, expected) => {
    const bytes = new Uint8Array(values.buffer);
    expect(decodeSafetensors(of(dtype, expected.length, bytes))).toEqual([
      { name: "w", shape: [expected.length], values: Float32Array.from(expected) },
    ]);
  });

  it("leaves out PyTorch's count of batches, which is a whole number", () => {
    expect(decodeSafetensors(of("I64", 1, new Uint8Array(8), "bn1.num_batches_tracked"))).toEqual([]);
    expect(() => decodeSafetensors(of("I64", 1, new Uint8Array(8), "bn1.weight"))).toThrow(
      "not a safetensors file: bn1.weight is I64; only F32, F16, BF16, F64 are read",
    );
  });

  it("tells what is in it, types and metadata too", () => {
    const { metadata, tensors } = readSafetensors(of("I64", 1, new Uint8Array(8)));
    expect(metadata).toEqual({});
    expect(tensors).toEqual([{ name: "w", type: "I64", shape: [1] }]);
    expect(readSafetensors(encodeSafetensors([], { job: "abc" })).metadata).toEqual({ format: "pt", job: "abc" });
  });

  it("always says that its layouts are PyTorch's", () => {
    const text = new TextDecoder().decode(encodeSafetensors([], { format: "tf", job: "abc" }));
    expect(text).toContain('"__metadata__":{"format":"pt","job":"abc"}');
  });

  const values = Float32Array.of(1);
  it.each<[string, Parameter[]]>([
    [
      "one name twice",
      [
        { name: "w", shape: [1], values },
        { name: "w", shape: [1], values },
      ],
    ],
    ["the metadata's name", [{ name: "__metadata__", shape: [1], values }]],
    ["fewer values than the shape says", [{ name: "w", shape: [2], values }]],
  ])("refuses to write %s", (_, parameters) => {
    expect(() => encodeSafetensors(parameters)).toThrow(expect.objectContaining({ code: "file_invalid" }));
  });

  const tensor = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  it.each<[string, Uint8Array]>([
    ["is too short", new Uint8Array(5)],
    ["has a header longer than itself", new Uint8Array(16).fill(255)],
    ["has no JSON header", withHeader("{]")],
    ["has a header that is no object", withHeader("[1]")],
    ["has a header that does not begin with a brace", withHeader(" {}")],
    ["has metadata that is no text", withHeader({ __metadata__: { round: 1 } })],
    ["holds whole numbers", withHeader({ w: { ...tensor, dtype: "I32" } }, new Uint8Array(8))],
    ["holds an unknown type", withHeader({ w: { ...tensor, dtype: "constructor" } }, new Uint8Array(8))],
    [
      "has a shape that its bytes do not fill, in halves",
      withHeader({ w: { ...tensor, dtype: "F16" } }, new Uint8Array(8)),
    ],
    [
      "claims more than memory holds, in bytes",
      withHeader({ w: { ...tensor, dtype: "U8", shape: [2 ** 33] } }, new Uint8Array(8)),
    ],
    ["has bytes that belong to nobody", withHeader({ w: tensor }, new Uint8Array(12))],
    ["has a hole", withHeader({ w: { ...tensor, data_offsets: [4, 12] } }, new Uint8Array(12))],
    [
      "has tensors that overlap",
      withHeader({ v: tensor, w: { ...tensor, data_offsets: [4, 12] } }, new Uint8Array(12)),
    ],
    ["has a shape that its bytes do not fill", withHeader({ w: { ...tensor, shape: [3] } }, new Uint8Array(8))],
    ["claims more than memory holds", withHeader({ w: { ...tensor, shape: [2 ** 40, 2 ** 40] } }, new Uint8Array(8))],
    ["has negative offsets", withHeader({ w: { ...tensor, data_offsets: [-8, 0] } }, new Uint8Array(8))],
  ])("is refused when it %s", (_, file) => {
    expect(() => decodeSafetensors(file)).toThrow(expect.objectContaining({ code: "file_invalid" }));
  });

  it("is refused in one line, whatever its names say", () => {
    const file = withHeader({ "a\nb": { ...tensor, dtype: "F\u001b[31m" } }, new Uint8Array(8));
    expect(() => decodeSafetensors(file)).toThrow("not a safetensors file: a b is of an unknown type, F [31m");
  });

  it("never causes anything but a typed error, whatever bytes are changed", () => {
    const file = encodeSafetensors([{ name: "w", shape: [2, 3], values: new Float32Array(6) }]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }), (edits) => {
        const copy = file.slice();
        for (const [at, value] of edits) copy[at] = value;
        try {
          decodeSafetensors(copy);
        } catch (error) {
          expect(error).toBeInstanceOf(TributaryError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
