import { deflateRawSync } from "node:zlib";
import { elementCount, TributaryError } from "@tributary/protocol";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { parseCodec } from "./chain/parse-codec.js";
import { decode } from "./decode.js";
import { encode } from "./encode.js";
import { encodedBytes } from "./layout.js";
import { chains, drawn, failure, network, randomOf } from "./testing/updates.js";

const context = { random: randomOf(1), reference: drawn(1, 0.1) };
const encoded = new Map(chains.map((text) => [text, encode(parseCodec(text), drawn(2), context).bytes]));
const bytesOf = (text: string) => new Uint8Array(encoded.get(text) ?? []);
const decoded = (text: string, bytes: Uint8Array, expected = network) =>
  decode(parseCodec(text), bytes, expected, context);

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Bytes of the typed arrays that are made meanwhile. */
function allocated(work: () => void): number {
  let bytes = 0;
  const counting = <Made extends { readonly byteLength: number }>(make: new (...given: never[]) => Made) =>
    new Proxy(make, {
      construct(target, given, newTarget) {
        const made = Reflect.construct(target, given, newTarget);
        const [length] = given;
        if (!(length instanceof ArrayBuffer)) bytes += made.byteLength;
        return made;
      },
    });
  vi.stubGlobal("Uint8Array", counting(Uint8Array));
  vi.stubGlobal("Uint16Array", counting(Uint16Array));
  vi.stubGlobal("Uint32Array", counting(Uint32Array));
  vi.stubGlobal("Float32Array", counting(Float32Array));
  vi.stubGlobal("Float64Array", counting(Float64Array));
  try {
    work();
  } finally {
    vi.unstubAllGlobals();
  }
  return bytes;
}

const floats = 4 * network.reduce((sum, { shape }) => sum + elementCount(shape), 0);

describe.each(chains)("bytes of %s", (text) => {
  it("are refused when they are cut off anywhere, or something follows", () => {
    const bytes = bytesOf(text);
    for (let length = 0; length < bytes.byteLength; length += length < 50 ? 1 : 37)
      expect(() => decoded(text, bytes.subarray(0, length)), `${length}`).toThrow(failure("file_invalid"));
    for (const more of [1, 4, 100])
      expect(() => decoded(text, Buffer.concat([bytes, new Uint8Array(more)]))).toThrow(failure("file_invalid"));
  });

  it("that were changed anyhow give finite parameters of the network or a typed error, in bounded memory", () => {
    const bytes = bytesOf(text);
    const edits = fc.array(fc.record({ at: fc.nat(bytes.byteLength - 1), value: fc.nat(255) }), {
      minLength: 1,
      maxLength: 20,
    });
    // Not before the tag: what has another one is refused at once.
    const tail = fc.uint8Array({ minLength: 0, maxLength: 3_000 });
    fc.assert(
      fc.property(edits, tail, fc.boolean(), (changes, random, isRandom) => {
        const hostile = bytes.slice();
        if (isRandom) hostile.set(random.subarray(0, hostile.byteLength - 4), 4);
        else for (const { at, value } of changes) hostile[at] = value;
        const bytesMade = allocated(() => {
          try {
            const parameters = decoded(text, hostile);
            expect(parameters.map(({ name, shape }) => ({ name, shape }))).toEqual(network);
            for (const { values } of parameters) expect(values.every(Number.isFinite)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(TributaryError);
            expect(["file_invalid", "update_not_finite"]).toContain(error instanceof TributaryError && error.code);
          }
        });
        expect(bytesMade).toBeLessThan(6 * floats + 10_000);
      }),
      { numRuns: 60 },
    );
  });

  it("are not read as those of another codec", () => {
    for (const other of chains)
      if (other !== text) expect(() => decoded(other, bytesOf(text))).toThrow(failure("file_invalid"));
  });

  it("are not read as those of another network", () => {
    const wider = network.map((part) => (part.name === "fc.weight" ? { ...part, shape: [24, 60] } : part));
    const given = { random: randomOf(1), reference: drawn(1, 0.1, wider) };
    expect(() => decode(parseCodec(text), bytesOf(text), wider, given)).toThrow(failure("file_invalid"));
  });
});

describe("a decoder", () => {
  it("refuses numbers that are not finite, also where only their sum or product is not", () => {
    const huge = (text: string, at: number, value: number) => {
      const bytes = bytesOf(text);
      new DataView(bytes.buffer).setFloat32(at, value, true);
      return bytes;
    };
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      for (const text of ["float32", "delta", "powersgd(2)"])
        expect(() => decoded(text, huge(text, 8, value))).toThrow(failure("update_not_finite"));
    const most = (2 - 2 ** -23) * 2 ** 127;
    const product = huge("powersgd(2)", 4, most);
    new DataView(product.buffer).setFloat32(4 + 2 * 8 * 4, most, true);
    expect(() => decoded("powersgd(2)", product)).toThrow(failure("update_not_finite"));
    // A bias, which is sent as it is.
    const bias = encodedBytes(parseCodec("float32"), network.slice(0, 1)).least;
    expect(() => decoded("float32", huge("float32", bias, Number.NaN))).toThrow(failure("update_not_finite"));
    for (const [half, text] of [
      [0x7c00, "float16"],
      [0xfe00, "float16"],
      [0x7f80, "bfloat16"],
      [0xffc0, "bfloat16"],
    ] as const) {
      const bytes = bytesOf(text);
      new DataView(bytes.buffer).setUint16(10, half, true);
      expect(() => decoded(text, bytes), `${half.toString(16)} of ${text}`).toThrow(failure("update_not_finite"));
    }
  });

  it("needs the global model of the same network for a change", () => {
    const wrong = { random: randomOf(1), reference: context.reference.slice(1) };
    expect(() => decode(parseCodec("delta"), bytesOf("delta"), network, wrong)).toThrow(failure("parameters_mismatch"));
    const none = { random: randomOf(1) };
    expect(() => decode(parseCodec("delta"), bytesOf("delta"), network, none)).toThrow(failure("parameters_mismatch"));
  });
});

describe("deflated bytes", () => {
  const tagged = (...parts: readonly Uint8Array[]) => Buffer.concat([bytesOf("deflate").subarray(0, 4), ...parts]);
  const flag = (value: number) => Uint8Array.of(value);
  const { most } = encodedBytes(parseCodec("float32"), network);
  const zeros = new Uint8Array(most - 4);

  it("are taken when they hold what is wanted", () => {
    for (const { values } of decoded("deflate", tagged(flag(1), deflateRawSync(zeros))))
      expect(values.every((value) => value === 0)).toBe(true);
    expect(decoded("deflate", tagged(flag(0), zeros))).toHaveLength(network.length);
  });

  it.each([
    ["too little", deflateRawSync(zeros.subarray(1)), "bytes, "],
    ["too much", deflateRawSync(new Uint8Array(most - 3)), "inflates to more than"],
    ["a bomb, a thousand times its size", deflateRawSync(new Uint8Array(8_000_000)), "inflates to more than"],
    ["something behind their end", Buffer.concat([deflateRawSync(zeros), flag(0)]), "1 bytes follow"],
    ["no deflated bytes at all", Buffer.from("not deflated"), "can't be inflated"],
    ["nothing", new Uint8Array(), "can't be inflated"],
    ["more than they would without", new Uint8Array(most + 1_000), "bytes, "],
  ])("are refused when they hold %s", (_, content, message) => {
    const refuse = () => decoded("deflate", tagged(flag(1), content));
    expect(refuse).toThrow(failure("file_invalid"));
    expect(refuse).toThrow(message);
  });

  it("are refused when they don't say whether they are deflated", () => {
    expect(() => decoded("deflate", tagged(flag(2), deflateRawSync(zeros)))).toThrow(failure("file_invalid"));
    expect(() => decoded("deflate", tagged())).toThrow(failure("file_invalid"));
  });
});
