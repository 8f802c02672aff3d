import { TributaryError } from "@tributary/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { initialise } from "./initialise.js";
import { namedModel } from "./models/named-models.js";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.js";

const withHeader = (header: unknown, body = new Uint8Array(0)): Uint8Array => {
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

  const tensor = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  it.each<[string, Uint8Array]>([
    ["is too short", new Uint8Array(5)],
    ["has a header longer than itself", new Uint8Array(16).fill(255)],
    ["has no JSON header", withHeader("{]")],
    ["has a header that is no object", withHeader("[1]")],
    ["holds another type", withHeader({ w: { ...tensor, dtype: "F16" } }, new Uint8Array(8))],
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
