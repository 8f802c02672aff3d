import { TributaryError } from "@tributary/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { chains } from "../testing/updates.js";
import { codecText, usesErrorFeedback } from "./codec.js";
import { codecSchema } from "./codec-schema.js";
import { codecExamples, parseCodec } from "./parse-codec.js";

const refusal = (text: string): string => {
  try {
    parseCodec(text);
  } catch (error) {
    if (error instanceof TributaryError && error.code === "invalid_job_spec") return error.message;
    throw error;
  }
  throw new Error(`${text} was taken`);
};

describe("the text of a codec", () => {
  it("names the stages of a chain and their settings", () => {
    expect(parseCodec("delta | topk(0.01) | int8 | deflate")).toEqual({
      delta: true,
      reduction: { kind: "topk", fraction: 0.01 },
      format: { kind: "int8", per: "tensor" },
      deflate: 6,
    });
    expect(parseCodec("float32")).toEqual({
      delta: false,
      reduction: { kind: "dense" },
      format: { kind: "float32" },
      deflate: undefined,
    });
    expect(parseCodec("powersgd(2)|bfloat16").reduction).toEqual({ kind: "powersgd", rank: 2 });
    expect(parseCodec("int8(channel)").format).toEqual({ kind: "int8", per: "channel" });
    expect(parseCodec("randomk(1e-3) | qsgd( 4 )").format).toEqual({ kind: "qsgd", bits: 4 });
  });

  it("has an example of each stage, which is a chain by itself", () => {
    for (const { stage, example } of codecExamples) {
      expect(example.replace(/\(.*/, "")).toBe(stage);
      expect(codecText(parseCodec(example))).toBe(example);
    }
  });

  it("has one canonical form", () => {
    for (const text of chains) expect(codecText(parseCodec(text))).toBe(text);
    expect(codecText(parseCodec("  delta|topk( 0.010 ) |float32| deflate(6)"))).toBe("delta | topk(0.01) | deflate");
    expect(codecText(parseCodec("int8(tensor)"))).toBe("int8");
    expect(codecText(parseCodec("topk(0.000001)"))).toBe("topk(0.000001)");
    expect(codecText(parseCodec("topk(1.5e-6)"))).toBe("topk(0.0000015)");
  });

  it.each([
    ["topp(0.01)", "there is no codec topp; did you mean topk?"],
    ["top-k(0.01)", "there is no codec top-k; did you mean topk?"],
    ["Int8", "there is no codec Int8; did you mean int8?"],
    ["zstd", "there is no codec zstd; not every supported Node.js has zstd: use deflate"],
    ["constructor", "there is no codec constructor; there are delta, topk"],
    ["", "a stage is empty"],
    ["delta |", "a stage is empty"],
    ["topk(0.01", '"topk(0.01" is no stage'],
    ["topk", "topk takes the fraction that is kept, from 0.000001 to 1, as in topk(0.01)"],
    ["topk(0)", "topk takes the fraction that is kept, from 0.000001 to 1, as in topk(0.01), got (0)"],
    ["topk(1.01)", "got (1.01)"],
    ["topk(NaN)", "got (NaN)"],
    ["topk(0x1)", "got (0x1)"],
    ["topk()", "got ()"],
    ["qsgd(1)", "qsgd takes the bits of a value, an integer from 2 to 8, as in qsgd(4), got (1)"],
    ["qsgd(2.5)", "got (2.5)"],
    ["powersgd(65)", "powersgd takes its rank, an integer from 1 to 64, as in powersgd(2), got (65)"],
    ["int8(row)", "int8 takes tensor or channel, got (row)"],
    ["deflate(0)", "deflate takes zlib's level, an integer from 1 to 9, as in deflate(6), got (0)"],
    ["delta(1)", "delta takes no setting, got (1)"],
    ["sign(\u001b[31m)", "sign takes no setting, got ( [31m)"],
  ])("%j is refused, and it says why", (text, message) => {
    expect(refusal(text)).toContain(message);
  });

  it.each([
    ["int8 | topk(0.01)", "topk(0.01) works on numbers, and int8 has made bytes of them; write topk(0.01) | int8"],
    ["topk(0.01) | randomk(0.1)", "both choose what of a tensor is sent; keep one of them"],
    ["topk(0.01) | powersgd(2)", "both choose what of a tensor is sent; keep one of them"],
    ["int8 | float16", "both say how a number is written; keep one of them"],
    ["int8 | delta", "delta comes first, for it is taken of the parameters as they are; write delta | int8"],
    ["delta | delta", "delta stands once"],
    ["deflate | int8", "deflate comes last, for it turns bytes into fewer bytes; write int8 | deflate"],
    ["topk(0.01) | int8(channel)", "what topk sends has no channels; use int8"],
    ["powersgd(2) | sign", "of a factor's signs no matrix can be made; use int8"],
  ])("%s makes no sense, and it says why", (text, reason) => {
    expect(refusal(text)).toContain(reason);
  });

  it("of any kind gives a codec or a typed error, without the help of much time", () => {
    const pieces = fc.constantFrom(
      "delta",
      "topk",
      "int8",
      "qsgd",
      "sign",
      "(",
      ")",
      "0.1",
      "|",
      " ",
      "-",
      "4",
      "\n",
      "é",
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(pieces).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const codec = parseCodec(text);
          expect(parseCodec(codecText(codec))).toEqual(codec);
        } catch (error) {
          expect(error).toBeInstanceOf(TributaryError);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(refusal("(".repeat(100_000))).toBe("a codec has at most 200 characters");
    expect(refusal(" ".repeat(200))).toContain("a stage is empty");
  });
});

describe("the codec of a JobSpec", () => {
  const spec = z.strictObject({ codec: codecSchema });

  it("is the text of a chain", () => {
    expect(spec.parse({ codec: "delta | topk(0.01) | int8" })).toEqual({ codec: "delta | topk(0.01) | int8" });
    expect(spec.safeParse({ codec: "int9" }).error?.issues[0]).toMatchObject({
      path: ["codec"],
      message: "there is no codec int9; did you mean int8?",
    });
    expect(spec.safeParse({ codec: 8 }).success).toBe(false);
    expect(z.toJSONSchema(spec, { io: "input" }).properties).toMatchObject({
      codec: { type: "string", maxLength: 200 },
    });
  });

  it("takes the change where only a part of it is kept", () => {
    for (const text of chains) {
      const { delta, ...rest } = parseCodec(text);
      const isWhole = !usesErrorFeedback({ delta, ...rest });
      expect(spec.safeParse({ codec: text }).success).toBe(delta || isWhole);
    }
    expect(spec.safeParse({ codec: "topk(0.01)" }).error?.issues[0]?.message).toBe(
      "topk(0.01): of an update, it needs the change from the global model; write delta | topk(0.01)",
    );
  });
});
